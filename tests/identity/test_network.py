"""A network for recognition is read from a file whose hash is known, and gives one vector a face."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx_graphs import recognition_graph
from pydantic import ValidationError

from fer_data.errors import DetectorError
from fer_data.identity.network import FACE_PX, open_identity
from fer_data.params.align import IdentityParams
from fer_data.shell.files.atomic import file_sha256

FACE = np.random.default_rng(2).integers(0, 256, (FACE_PX, FACE_PX, 3), dtype=np.uint8)


def params_of(path: Path, name: str = "sface", sha256: str | None = None) -> IdentityParams:
    """Return parameters that name a file."""
    found = sha256 or (file_sha256(path) if path.is_file() else "0" * 64)
    return IdentityParams.model_validate({"name": name, "weights": str(path), "sha256": found, "keep": False})


def written(folder: Path, graph: onnx.ModelProto) -> Path:
    """Write a graph and return its file."""
    onnx.save(graph, str(folder / "net.onnx"))
    return folder / "net.onnx"


@pytest.mark.parametrize("normalises", [True, False], ids=["inside", "outside"])
def test_a_vector_has_length_one_whoever_normalises(tmp_path: Path, normalises: bool) -> None:
    """Networks that bring grey levels into their range themselves get them as they are, the others do not."""
    network = open_identity(params_of(written(tmp_path, recognition_graph(normalises=normalises))))
    assert network is not None
    vector = network.embed(FACE)
    assert vector.shape == (16,)
    assert float(np.linalg.norm(vector)) == pytest.approx(1, abs=1e-5)
    expected = open_identity(params_of(written(tmp_path, recognition_graph())))
    assert expected is not None
    np.testing.assert_allclose(vector, expected.embed(FACE), atol=1e-4)


def test_none_opens_nothing() -> None:
    """The default is no network at all."""
    assert open_identity(IdentityParams(name="none", weights=None, sha256=None, keep=False)) is None


def test_another_file_is_refused(tmp_path: Path) -> None:
    """The hash of the parameters must be that of the file."""
    path = written(tmp_path, recognition_graph())
    with pytest.raises(
        DetectorError, match=r"align\.identity\.sha256 \(0+\) must be that of net\.onnx, which is"
    ):
        open_identity(params_of(path, sha256="0" * 64))


def test_a_missing_file_says_how_to_get_it(tmp_path: Path) -> None:
    """For SFace there is a command; a pack of InsightFace's is laid there by hand."""
    with pytest.raises(DetectorError, match="fer-data weights get sface --output"):
        open_identity(params_of(tmp_path / "none.onnx"))
    with pytest.raises(DetectorError, match="a pack with one network for recognition"):
        open_identity(params_of(tmp_path / "none.onnx", "insightface"))


def test_a_network_of_another_kind_is_refused(tmp_path: Path) -> None:
    """A graph that gives maps, not a vector, is no network for recognition."""
    graph = recognition_graph()
    del graph.graph.node[-2:]
    graph.graph.output[0].CopyFrom(
        onnx.helper.make_tensor_value_info("pooled", onnx.TensorProto.FLOAT, [1, 3, 8, 8])
    )
    with pytest.raises(DetectorError, match="must give one vector for a face of 112 px"):
        open_identity(params_of(written(tmp_path, graph)))
    path = tmp_path / "noise.onnx"
    path.write_bytes(b"no graph")
    with pytest.raises(DetectorError, match=r"Check align\.identity\.weights"):
        open_identity(params_of(path))


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"weights": "a.onnx"}, r"weights \(a\.onnx\) must be null with name none"),
        ({"keep": True}, r"keep \(true\) must be false with name none"),
        ({"name": "sface"}, r"weights \(null\) must name the ONNX file of sface"),
        ({"name": "sface", "weights": "a.onnx"}, r"sha256 \(null\) must name"),
        ({"name": "arcface"}, "name"),
    ],
    ids=["weights", "keep", "no-weights", "no-hash", "unknown"],
)
def test_parameters_that_do_not_fit_are_refused(changed: dict[str, object], message: str) -> None:
    """Nothing is embedded by half a setting."""
    with pytest.raises(ValidationError, match=message):
        IdentityParams.model_validate(
            {"name": "none", "weights": None, "sha256": None, "keep": False, **changed}
        )
