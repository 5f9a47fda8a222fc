"""Detectors are opened as the parameters say, or refused in one line."""

from typing import Any

import pytest
from video_corpora import align_params

from fer_data.detectors import open_detector
from fer_data.errors import DetectorError
from fer_data.params.align import AlignParams


def changed(**detector: Any) -> AlignParams:
    """Return the align parameters with some of the detector's changed."""
    params = align_params()
    return params.model_copy(update={"detector": params.detector.model_copy(update=detector)})


def test_the_embedded_detector_is_the_default() -> None:
    """The repository's parameters open CenterFace, which says what its weights are."""
    detector = open_detector(align_params())
    assert detector.name == "centerface"
    assert detector.weights_sha256.startswith("09189deaaf86")


def test_centerface_takes_no_other_weights() -> None:
    """Weights named for the embedded detector are refused rather than ignored."""
    with pytest.raises(DetectorError, match=r"align\.detector\.weights \(mine\.onnx\).*must be null"):
        open_detector(changed(weights="mine.onnx"))


def test_insightface_needs_weights() -> None:
    """The other detector has none of its own."""
    with pytest.raises(DetectorError, match=r"align\.detector\.weights \(null\) must name"):
        open_detector(changed(name="insightface"))


def test_a_device_that_is_not_there_is_named() -> None:
    """Without onnxruntime's CUDA provider nothing falls back to the CPU in silence."""
    with pytest.raises(
        DetectorError, match=r"align\.device \(cuda\) needs onnxruntime's CUDAExecutionProvider"
    ):
        open_detector(align_params(device="cuda"))
