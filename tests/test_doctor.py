"""`fer-data doctor` says what is there and what is not."""

from pathlib import Path

from fer_data.doctor import examine

ROOT = Path(__file__).parents[1]


def test_the_shipped_params_find_their_detector() -> None:
    """On a machine that runs the tests, the packages and the embedded detector are all there."""
    checks = {check.subject: check for check in examine(ROOT / "params.yaml")}
    assert {name for name, check in checks.items() if check.status == "missing"} <= {"corpus"}
    assert checks["detector"].detail == "centerface"


def test_wrong_params_are_one_line_of_the_report(tmp_path: Path) -> None:
    """A params file that cannot be read does not stop the report."""
    checks = {check.subject: check for check in examine(tmp_path / "params.yaml")}
    assert checks["params"].status == "missing"
    assert "does not exist" in checks["params"].detail
    assert checks["python"].status == "ok"
