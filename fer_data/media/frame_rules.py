"""What the parameters say of frames and label lines that differ."""

from fer_data.core.frames.frame_policy import FrameRule, HoleRule
from fer_data.params.source import AffWild2Section, SourceParams, VideosSection

__all__ = ["frame_rule"]

_ANY_FRAMES = 1_000_000
"""Of kinds of corpora without a policy: their labels bear the numbers of their frames."""


def frame_rule(source: SourceParams) -> FrameRule:
    """Return what to do when frames and label lines differ, with the default of the corpus' layout.

    The organisers' labels were probably made of the very videos that they give out, so that a line too many stands at
    the end; one's own labels are taken to count the frames that were filmed.
    """
    section = source.section
    if not isinstance(section, AffWild2Section | VideosSection):
        return FrameRule(_ANY_FRAMES, "place")
    organisers = isinstance(section, AffWild2Section) and section.layout is None
    default: HoleRule = "evidence" if organisers else "place"
    return FrameRule(section.frame_policy.tolerance_frames, section.frame_policy.holes or default)
