"""What can be refused before anything large is loaded; the work checks it again after seconds of loading."""

from pathlib import Path

from fer_data.errors import ParamsError

__all__ = ["check_weights_file"]


def check_weights_file(file: Path) -> None:
    """Refuse a path at which no file of weights can lie.

    Raises:
        ParamsError: it is missing, or no regular file.
    """
    if not file.is_file():
        raise ParamsError(
            f"FILE ({file}) does not exist, or is no regular file. Name the weights file you downloaded."
        )
