"""What the parameters say of frames and label lines that differ."""

from fer_data.core.frames.frame_policy import FrameRule, HoleRule
from fer_data.params.source import SourceParams

__all__ = ["frame_rule"]


def frame_rule(source: SourceParams) -> FrameRule:
    """Return what to do when frames and label lines differ, with the default of the corpus' layout.

    The organisers' labels were probably made of the very videos that they give out, so that a line too many stands at
    the end; one's own labels are taken to count the frames that were filmed.
    """
    default: HoleRule = "evidence" if source.layout is None else "place"
    return FrameRule(source.frame_policy.tolerance_frames, source.frame_policy.holes or default)
