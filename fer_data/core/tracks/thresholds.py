"""The limits by which faces become tracks and tracks become people, each with what it was measured on.

Appearance descriptors are compared by `core/tracks/appearance.py: descriptor_distance`, whose unit is that of every
limit on descriptors here.
Every limit is judged as a whole by `benchmarks/assignment.py` (rendered scenes) and `benchmarks/real_clips.py`. "Not
measured by itself" says of a value that no measurement of it alone is on record: it was set beforehand and has stood
in these benchmarks since.
"""

from dataclasses import dataclass

__all__ = ["LINKING", "PAIRING", "TRACKING", "LinkingThresholds", "PairingThresholds", "TrackingThresholds"]


@dataclass(frozen=True, slots=True)
class TrackingThresholds:
    """When a face continues a track (`core/tracks/tracking.py`).

    How far appearance descriptors may differ was measured on real clips: from one frame to the next a head that nods
    reaches 4.7, one that talks 1.1; people who change at a cut differ by 9.7 to 15, two men in alike clothes before one
    wall by 1.7.

    Attributes:
        descriptor_step: how far descriptors may differ from one frame to the next with somebody near. Below a nod
            (4.7), which motion holds where nobody is near; see above.
        descriptor_after_gap: how far they may differ after frames without the face; see above.
        descriptor_held: how far they may differ where motion alone holds a lone face. Twice a nod, and below all but
            the nearest of people who change at a cut; see above.
        descriptor_over_cut: how far they may differ over a cut (`core/tracks/continuity.py`). Below two men in alike
            clothes before one wall (1.7); see above.
        held_share: share of `tracking.min_iou` that such a lone face needs: one that turns back in a quick sway leaves
            its prediction that far.
        near_iou: IoU with the track's box from which a face counts as near. Not measured by itself.
        ambiguous: share of the best fit at which a rival makes a match ambiguous. Not measured by itself.
        smoothing: weight of the newest step in a track's velocity (exponential smoothing). Not measured by itself.
    """

    descriptor_step: float = 3.5
    descriptor_after_gap: float = 4.5
    descriptor_held: float = 9.0
    descriptor_over_cut: float = 1.5
    held_share: float = 0.5
    near_iou: float = 0.1
    ambiguous: float = 0.7
    smoothing: float = 0.5


@dataclass(frozen=True, slots=True)
class PairingThresholds:
    """When the two people of one shot are the two of another one (`core/tracks/pairing.py`).

    Measured on rendered cuts between cameras and lights of 24 pairs: their differences in clothes lie 1.3 to 4.0 apart
    the right way round, 4.6 to 29 the wrong one; pairs of other people pass in 1 of 100 cases, by whole descriptors
    (up to 8.0) in 15.

    Attributes:
        same_clothes: how far two pairs' differences in clothes may lie apart; see above.
        other_clothes: how far they lie apart at least the other way round; see above.
        same_difference: how far two pairs' differences in whole descriptors may lie apart; see above.
        clearly: share of the other way round's distance that the right one stays below. Not measured by itself.
    """

    same_clothes: float = 4.5
    other_clothes: float = 3.0
    same_difference: float = 8.0
    clearly: float = 0.75


@dataclass(frozen=True, slots=True)
class LinkingThresholds:
    """When tracks show one person (`core/tracks/linking.py`).

    Attributes:
        same_descriptor: how far one person's descriptors may differ, and the unit of costs. Not measured by itself;
            people of one video differ by 3 to 15, two in clothes of one colour by 1.2 to 4.4, so more than this is
            asked over a cut.
        one_descriptor: how far two may differ over a cut with nothing but appearance to say that they are one. Two men
            in alike clothes before one wall differ by 1.7 (a real clip); one person differs from shot to shot by 0.2
            to 4, so appearance alone does not decide.
        proven_descriptor: over a cut the same view of the same person differs by less; between two men in grey 1.2 was
            seen (videos joined from real clips).
        likest: multiple of `same_descriptor` up to which two may be each other's closest match. Not measured by itself.
        clearly: share of the distance to everybody else that such two stay below. Not measured by itself.
        far_clearer: the same for two who look alike over a cut, against the closest of those who look like neither.
            Not measured by itself.
        min_faces: how many faces a track has that shows a cut, or counts as somebody else: a quick face loses its track
            in every frame. Not measured by itself.
        same_place_bonus: factor on the cost of two of whom one goes on where the other was. Not measured by itself.
        same_place_gap_frames: how long after. Not measured by itself.
        same_place_iou: IoU from which two boxes are in the same place. Not measured by itself.
        stays_share: share of the frames in which somebody is seen who stays in view. Not measured by itself.
        still_shape: a living face's landmarks vary by more, in eye distances. Measured on rendered scenes: printed
            faces 0.0015 to 0.0042 (0.03 to 0.11 px), living ones 0.008 and more in 44 frames.
        still_px: what is added for what pixels cannot show; see `still_shape`.
        judged_frames: in fewer frames a living face may keep still, so it is held against it the less; see
            `still_shape`.
        size_power: power of a box's area in salience. Not measured by itself.
        max_people: of a crowd so many of the most salient tracks count. Bounds the work, which grows with the square.
        max_paired: of these so many are matched by pairs: twelve make 66 pairs, and pairs are compared with pairs.
        max_compared: of these so many are compared with everybody else, anew after each join.
    """

    same_descriptor: float = 4.5
    one_descriptor: float = 1.5
    proven_descriptor: float = 0.75
    likest: float = 1.8
    clearly: float = 0.75
    far_clearer: float = 0.6
    min_faces: int = 5
    same_place_bonus: float = 0.7
    same_place_gap_frames: int = 30
    same_place_iou: float = 0.3
    stays_share: float = 0.9
    still_shape: float = 0.005
    still_px: float = 0.06
    judged_frames: int = 30
    size_power: float = 0.75
    max_people: int = 256
    max_paired: int = 12
    max_compared: int = 24


TRACKING = TrackingThresholds()
PAIRING = PairingThresholds()
LINKING = LinkingThresholds()
