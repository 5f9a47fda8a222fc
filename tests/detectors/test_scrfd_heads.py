"""SCRFD networks cut down to the level that sees faces of one size."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx_graphs import HeadOrder, scrfd_like

from fer_data.detectors.insightface import open_insightface
from fer_data.detectors.onnx.graph import OnnxNetwork
from fer_data.detectors.scrfd_heads import scrfd_graph
from fer_data.detectors.torch.detector import torch_device, torch_scrfd


@pytest.mark.parametrize(
    ("face_px", "level"), [(10, 0), (22, 0), (46, 1), (80, 1), (180, 1), (182, 2), (2000, 2)], ids=str
)
@pytest.mark.parametrize("order", ["interleaved", "baked"])
def test_a_cut_down_network_says_what_its_level_said(
    order: HeadOrder, face_px: float, level: int, tmp_path: Path
) -> None:
    """The level of the anchors nearest in size is left, with the outputs it had in the whole network."""
    path = tmp_path / "scrfd.onnx"
    onnx.save(scrfd_like(order), path)
    whole, heads = scrfd_graph(path)
    cut, cut_heads = scrfd_graph(path, face_px)
    assert cut_heads.strides == (heads.strides[level],)
    assert len(cut.graph.node) < len(whole.graph.node)
    picture = np.random.default_rng(3).standard_normal((1, 3, 64, 96)).astype(np.float32)
    expected = OnnxNetwork(whole, "cpu")(picture)[level::3]
    for ours, theirs in zip(OnnxNetwork(cut, "cpu")(picture), expected, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_only_views_are_seen_by_the_cut_down_network(tmp_path: Path) -> None:
    """Both engines search frames with all levels and examine views with one, and agree in both."""
    path = tmp_path / "scrfd.onnx"
    onnx.save(scrfd_like("baked"), path)
    settings = {"size_px": 96, "min_score": 0.45, "nms_iou": 0.4}
    view = np.random.default_rng(2).integers(0, 256, (96, 96, 3), dtype=np.uint8)
    whole = open_insightface(path, **settings)
    cut = open_insightface(path, **settings, face_px=80.0)
    on_torch = torch_scrfd(path, **settings, face_px=80.0, device=torch_device("cpu"))
    np.testing.assert_array_equal(cut.detect([view])[0].boxes, whole.detect([view])[0].boxes)
    (seen,), (all_seen,), (seen_on_torch,) = (one.detect_in_regions([view]) for one in (cut, whole, on_torch))
    assert 0 < len(seen) < len(all_seen)
    np.testing.assert_allclose(seen.landmarks, seen_on_torch.landmarks, atol=0.05)


def test_one_anchor_a_cell_keeps_every_level(tmp_path: Path) -> None:
    """Networks of five levels are not cut: the sizes of their anchors are not stated."""
    graph = scrfd_like("baked")
    names = [output.name for output in graph.graph.output]
    for index in range(6):
        graph.graph.node.append(onnx.helper.make_node("Identity", [names[index]], [f"more_{index}"]))
        graph.graph.output.append(
            onnx.helper.make_tensor_value_info(f"more_{index}", onnx.TensorProto.FLOAT, None)
        )
    path = tmp_path / "scrfd.onnx"
    onnx.save(graph, path)
    cut, heads = scrfd_graph(path, 80.0)
    assert heads.strides == (8, 16, 32, 64, 128)
    assert len(cut.graph.output) == 15
