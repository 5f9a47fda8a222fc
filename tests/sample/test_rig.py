"""The packed head."""

import numpy as np

from fer_data.sample.marks import face_marks
from fer_data.sample.rig import EYE, SKIN, load_rig


def test_the_rig_has_the_documented_parts():
    """The pack holds 7172 vertices, 13948 triangles, 52 face units and four joints of eight markers."""
    rig = load_rig()
    assert rig.vertices.shape == (7172, 3)
    assert rig.triangles.shape == (13948, 3)
    assert len(rig.units) == 52
    assert len(rig.targets) == 143
    assert [len(marker) for marker in rig.joints.values()] == [8] * 4


def test_joints_are_where_their_names_say():
    """Shoulders lie on their sides, and the head's joint above the neck's."""
    rig = load_rig()
    middle = {name: rig.vertices[marker].mean(0) for name, marker in rig.joints.items()}
    assert middle["left_shoulder"][0] > 1 > -1 > middle["right_shoulder"][0]
    assert middle["head"][1] > middle["neck"][1] > middle["left_shoulder"][1]


def test_smiling_lifts_the_mouth_corners():
    """A face unit moves the vertices that it is named after."""
    rig, corner = load_rig(), face_marks().mouth[0]
    target = rig.units["mouthSmileLeft"]
    assert target.offsets[target.vertices == corner][0, 1] > 0.02


def test_the_atlas_unrolls_the_head():
    """But for those round the crown, triangles span a small part of a turn, and the nose lies on the mid-line."""
    rig = load_rig()
    skin = rig.atlas_uv[rig.material == SKIN]
    assert (np.ptp(skin[..., 0], axis=1) > 0.25).sum() < 20
    rows, columns = np.nonzero(rig.triangles == face_marks().nose)
    np.testing.assert_allclose(rig.atlas_uv[rows, columns, 0], 0.5, atol=1e-3)


def test_the_masks_mark_lips_eyelids_and_ears():
    """The three channels cover different, small places."""
    masks = load_rig().masks > 127
    assert masks.shape == (512, 512, 3)
    assert (masks.reshape(-1, 3).sum(0) > 20).all()
    assert not (masks.sum(-1) > 1).any()


def test_eyes_lie_left_and_right():
    """The eyeballs are mirror images of one another."""
    rig = load_rig()
    x = rig.vertices[rig.vertices_of(EYE), 0]
    assert (x > 0).sum() == (x < 0).sum() == 72
