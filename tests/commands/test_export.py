"""`fer-data export`, as a user runs it."""

from pathlib import Path

import onnx
import typer
from typer.testing import CliRunner

from fer_data.commands.export import export
from fer_data.errors import ParamsError
from fer_data.model.files import Model, save_model
from fer_data.model.input_contract import InputContract
from fer_data.model.senet import SENet50

APP = typer.Typer()
APP.command()(export)


def test_a_stored_model_becomes_an_onnx_file(tmp_path: Path) -> None:
    """The command writes the file and states the tolerance of its check."""
    model = Model(SENet50(8, base_width=16).eval(), tuple("abcdefgh"), InputContract(64, "box", 0.3), {})
    save_model(tmp_path / "model", model)
    result = CliRunner().invoke(APP, [str(tmp_path / "model"), str(tmp_path / "m.onnx")])
    assert result.exit_code == 0
    assert "allowed: 0.0001 of the largest" in result.output
    assert onnx.load(tmp_path / "m.onnx").graph.output[0].type.tensor_type.shape.dim[1].dim_value == 8


def test_another_suffix_is_refused(tmp_path: Path) -> None:
    """A name that runtimes would not take is a usage error before anything is loaded."""
    result = CliRunner().invoke(APP, [str(tmp_path), str(tmp_path / "m.pt")])
    assert isinstance(result.exception, ParamsError)
    assert "must end in .onnx" in str(result.exception)
