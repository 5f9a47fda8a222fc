"""No library reports how it is used: what runs here is of people who agreed to research, not to that."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
EVERYTHING = """
import json, os, sys
from importlib import import_module
from pathlib import Path

asked = []
def heard(event, given):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "urllib.Request"):
        asked.append(f"{event} {given[1:]}")
sys.addaudithook(heard)
for path in sorted(Path("fer_data").rglob("*.py")):
    if path.stem not in ("__init__", "__main__"):
        import_module(".".join(path.with_suffix("").parts))
from dvc.analytics import is_enabled
os.chdir(Path.home())  # no repository, whose configuration would say it too
from ray._common.usage.usage_lib import usage_stats_enabled
print(json.dumps({"asked": asked, "ray collects": usage_stats_enabled(), "dvc collects": is_enabled()}))
"""


def test_what_is_loaded_reports_nothing(tmp_path: Path) -> None:
    """Nobody is asked or told over the network, no event waits at home to be sent, and Ray would collect nothing."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "PYTHONPATH", "LANG")}
    done = subprocess.run(
        [sys.executable, "-c", EVERYTHING],
        cwd=ROOT,
        env={**kept, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"asked": [], "ray collects": False, "dvc collects": False}
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == []


def test_who_wants_to_report_still_may() -> None:
    """What a user has set stays."""
    code = "import os, fer_data; print(os.environ['ORT_DISABLE_TELEMETRY'], os.environ['RAY_USAGE_STATS_ENABLED'])"
    env = {**os.environ, "ORT_DISABLE_TELEMETRY": "0", "RAY_USAGE_STATS_ENABLED": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["0", "1"]
