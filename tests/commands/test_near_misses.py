"""A mistyped name on the command line is answered with the one that was meant: one line, exit code 2."""

import sys
from pathlib import Path

import pytest

from fer_data.commands.app import main

PARAMS = Path(__file__).parents[2] / "params.yaml"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("stts", "Unknown command 'stts'. Did you mean 'stats'? See `fer-data --help`."),
        ("weights impot", "Unknown command 'impot'. Did you mean 'import'? See `fer-data weights --help`."),
        ("stats x --taks y", "Unknown option '--taks'. Did you mean '--task'? See `fer-data stats --help`."),
        ("stats x --task expresion", "Unknown task 'expresion' (--task). Did you mean 'expression'?"),
        ("check x --task expresion", "Unknown task 'expresion' (--task). Did you mean 'expression'?"),
        (
            "submit p --output o --sample s --task expresion",
            "Unknown task 'expresion' (--task). Did you mean",
        ),
        ("sample d --kind leeks", "'--kind': 'leeks' is unknown. Did you mean 'leaks'? See `fer-data sample"),
        ("weights get sfaces", "'name': 'sfaces' is unknown. Did you mean 'sface'?"),
        ("convert d --to parqet --output o", "Unknown container 'parqet' (--to). Did you mean 'parquet'?"),
        (
            "embed d --model m --output o.npz --device cudaa",
            "Unknown device 'cudaa' (--device). Did you mean 'cuda'",
        ),
        (
            f"estimate x --source sampel --params {PARAMS}",
            "--source ('sampel') must be one of sources. Did you mean",
        ),
        ("a\x1b[31mb", r"Unknown command 'a\x1b[31mb'. See"),
        (f"stats x --{'y' * 100_000}", "Unknown option '--yyy"),
    ],
    ids=lambda words: words[:30],
)
def test_a_mistyped_name_is_answered_with_the_near_one(
    words: str, said: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Commands, options, and the values of options that have a few; nothing of a name steers the terminal."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["fer-data", *words.split(" ")])
    with pytest.raises(SystemExit) as ended:
        main()
    out, err = capsys.readouterr()
    assert (ended.value.code, out, err.count("\n")) == (2, "", 1)
    assert said in err
    assert len(err) < 2100
