"""What DVC's configuration says of a project, which may stand in several places: system, user, `.dvc/config`, local."""

from pathlib import Path

__all__ = ["dvc_setting"]


def dvc_setting(root: Path, section: str, name: str) -> str | None:
    """Return a setting of the project in a folder as DVC reads it, paths absolute; None where none can be read.

    DVC's reader takes a tenth of a second, its command half of one.
    """
    from dvc.config import Config, ConfigError
    from voluptuous import Invalid

    try:
        said = Config(dvc_dir=str(root / ".dvc"), validate=False).get(section, {}).get(name)
    except (ConfigError, Invalid, OSError, TypeError):  # a setting in no section, or a list for a path
        return None
    return None if said is None else str(said)
