"""`fer-data weights import`, as a user runs it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner
from weight_files import python2_pickle, release_arrays

from fer_data.commands.weights import weights_app
from fer_data.errors import ParamsError
from fer_data.shell.files.atomic import file_sha256


def test_import_prints_what_params_yaml_needs(tmp_path: Path) -> None:
    """The report names format, network and hash, and ends with the two lines to paste."""
    source, output = tmp_path / "senet50_ft_weight.pkl", tmp_path / "vggface2.safetensors"
    source.write_bytes(python2_pickle(release_arrays()))
    result = CliRunner().invoke(weights_app, ["import", str(source), "--output", str(output)])
    assert result.exit_code == 0
    assert "pickle, names of release" in result.stdout
    assert f"{file_sha256(source)} (not a hash we know" in result.stdout
    assert result.stdout.endswith(f"  weights: {output}\n  weights_sha256: {file_sha256(output)}\n")


@pytest.mark.parametrize(
    ("words", "suffix"), [(("import", "none.pkl"), ".safetensors"), (("get", "sface"), ".onnx")]
)
def test_weights_of_another_suffix_are_refused_at_once(
    words: tuple[str, ...], suffix: str, tmp_path: Path
) -> None:
    """Before a file is looked for, or one is downloaded."""
    done = CliRunner().invoke(weights_app, [*words, "--output", str(tmp_path / "w.bin")])
    assert isinstance(done.exception, ParamsError)
    assert f"must end in {suffix}" in str(done.exception)
