"""The rasteriser, the ribbons and the pose."""

from types import FunctionType

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fer_data.sample import kernels, raster
from fer_data.sample.kernels import inlined
from fer_data.sample.pose import Pose, along, blend, by_axis, place, pose_towards, rotation
from fer_data.sample.raster import new_buffer, rasterise, rasterise_hair, vertex_normals

TRIANGLE = np.array([[0, 1, 2]], np.int32)
SHOW = np.zeros(1, np.bool_)


def test_a_triangle_covers_the_pixels_whose_centres_it_holds():
    """A right triangle of side ten covers the 45 pixel centres under its slope, and those on it."""
    buffer = new_buffer(12, 12)
    rasterise(np.array([[0, 0, 1], [10, 0, 1], [0, 10, 1]], np.float32), TRIANGLE, SHOW, buffer)
    rows, columns = np.mgrid[0:12, 0:12]
    np.testing.assert_array_equal(buffer.triangle >= 0, rows + columns <= 9)


def test_small_triangles_cover_the_centres_that_they_hold_far_from_the_corner():
    """There 32-bit numbers are coarse; a centre a tenth of a pixel inside is covered, and one as far beside is not."""
    rng = np.random.default_rng(4)
    turns = rng.uniform(0, 2, (300, 1)) * np.pi + np.arange(3) * 2 * np.pi / 3
    shapes = rng.uniform(0.2, 1.2, (300, 1, 1)) * np.stack([np.cos(turns), np.sin(turns)], 2)
    for corners in (rng.uniform(3, 997, (300, 1, 2)) + shapes).astype(np.float32):
        buffer = new_buffer(1000, 1000)
        rasterise(np.column_stack([corners, np.ones(3, np.float32)]), TRIANGLE, SHOW, buffer)
        left, top = np.floor(corners.min(0)).astype(int)
        for x, y in np.ndindex(4, 4):
            inside = cv2.pointPolygonTest(corners[:, None], (left + x + 0.5, top + y + 0.5), measureDist=True)
            if abs(inside) > 0.1:
                assert (buffer.triangle[top + y, left + x] == 0) == (inside > 0)


@pytest.fixture(scope="module")
def look_everywhere():
    """Draw as `_rasterise` does, but look at every pixel in a triangle's reach.

    It is not kept on disk, where it would be taken for the renderer's own, whose source it shares.
    """
    whole = inlined(lambda corners, _share, size: raster._reach(corners, size))
    fill = inlined(_with(raster._fill, _centres=whole))
    return kernels._compiled(_with(raster._rasterise, _fill=fill))


def _with(function, **others):
    """Return a compiled function's source, with others in place of some that it calls."""
    return FunctionType(function.py_func.__code__, {**vars(raster), **others})


FAR = [[994.347107, 1246.08118], [993.484558, 1248.38721], [993.956726, 1248.0835]]
THIN = [[103.402267, 333.78595], [106.138885, 331.628906], [104.080826, 333.252502]]


def _triangles(size_wh, seed):
    """Return two known triangles, and many of all sizes and shapes, with corners and edges beside centres of pixels."""
    rng = np.random.default_rng(seed)
    count = 4000
    centres = np.floor(rng.uniform([-3, -3], np.array(size_wh) + 3, (count, 2))) + 0.5
    beside = rng.normal(0, 0.3, (count, 2)) * 10 ** rng.uniform(-3, 0, (count, 1))
    shapes = rng.normal(0, 1, (count, 3, 2)) * 10 ** rng.uniform(-1.5, 1, (count, 1, 2))
    turns = rng.uniform(0, np.pi, (count, 1))
    along = np.stack([np.cos(turns), np.sin(turns)], 2) * rng.normal(0, 3, (count, 3, 1))
    thin = along + shapes * 10 ** rng.uniform(-5, -2, (count, 1, 1))
    shapes = np.where(rng.random((count, 1, 1)) < 0.5, shapes, thin)
    corners = (
        (centres + beside)[:, None] + shapes - np.where(rng.random((count, 1, 1)) < 0.5, shapes[:, :1], 0)
    )
    corners = np.concatenate([corners, [FAR, THIN]])
    distances = np.repeat(np.linspace(1000, 1, len(corners)), 3).reshape(-1, 3, 1)
    return np.concatenate([corners, distances], 2).reshape(-1, 3).astype(np.float32)


@pytest.mark.parametrize("size_wh", [(640, 480), (1280, 1280), (1920, 1080)], ids=str)
def test_no_triangle_shows_in_other_pixels_than_in_all_of_its_reach(size_wh, look_everywhere):
    """Each triangle is nearer than those before, and shows wherever it is drawn: rounding decides at its edges."""
    points = _triangles(size_wh, seed=sum(size_wh))
    triangles = np.arange(len(points), dtype=np.int32).reshape(-1, 3)
    ours, theirs = (new_buffer(size_wh[1], size_wh[0]) for _ in range(2))
    for draw, buffer in ((raster._rasterise, ours), (look_everywhere, theirs)):
        draw(
            points,
            triangles,
            np.zeros(len(triangles), np.bool_),
            (buffer, np.empty((0, 0), np.float32), False),
        )
    for found, expected in zip(ours, theirs, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_the_nearest_surface_wins_in_any_order():
    """What is drawn last does not cover what is nearer."""
    points = np.array([[0, 0, 2], [10, 0, 2], [0, 10, 2], [0, 0, 1], [10, 0, 1], [0, 10, 1]], np.float32)
    near_last, near_first = (
        np.array(rows, np.int32) for rows in ([[0, 1, 2], [3, 4, 5]], [[3, 4, 5], [0, 1, 2]])
    )
    for triangles, nearest in ((near_last, 1), (near_first, 0)):
        buffer = new_buffer(8, 8)
        rasterise(points, triangles, np.zeros(2, np.bool_), buffer)
        assert set(np.unique(buffer.triangle)) <= {-1, nearest}
        assert buffer.depth[0, 0] == pytest.approx(1)


def test_weights_are_perspective_correct():
    """Half-way across a slanted edge in the picture lies nearer to its near end in space."""
    buffer = new_buffer(1, 101)
    points = np.array([[0, -50, 1], [101, -50, 3], [50.5, 60, 1]], np.float32)
    rasterise(points, TRIANGLE, SHOW, buffer)
    first, second = buffer.weights[0, 50]
    assert first > second


@pytest.mark.parametrize("seed", range(4))
def test_hair_is_drawn_to_the_same_bytes_as_any_triangles(seed):
    """Leaving out what is hidden changes neither depth nor triangle nor weight, slivers and far triangles included."""
    rng = np.random.default_rng(seed)
    count = 40_000
    centres = np.column_stack([rng.uniform(-20, 220, (count, 2)), rng.uniform(3, 5, count)])
    spread = rng.choice([0.01, 0.5, 6.0], (count, 1, 1)) * [1, 1, 0.02]
    points = (centres[:, None] + rng.normal(0, 1, (count, 3, 3)) * spread).reshape(-1, 3).astype(np.float32)
    triangles = np.arange(3 * count, dtype=np.int32).reshape(-1, 3)
    plain, tiled = new_buffer(190, 203), new_buffer(190, 203)
    rasterise(points, triangles, np.zeros(count, np.bool_), plain)
    rasterise_hair(points, triangles, tiled)
    for ours, theirs in zip(tiled, plain, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    "points",
    [
        pytest.param([[0, 0, 1], [5, 5, 1], [9, 9, 1]], id="flat"),
        pytest.param([[0, 0, -1], [9, 0, 1], [0, 9, 1]], id="behind the camera"),
        pytest.param([[-9, -9, 1], [-5, -9, 1], [-9, -5, 1]], id="outside"),
    ],
)
def test_triangles_that_cannot_be_seen_draw_nothing(points):
    """Degenerate, hidden and far triangles leave the buffer empty."""
    buffer = new_buffer(8, 8)
    rasterise(np.array(points, np.float32), TRIANGLE, SHOW, buffer)
    assert (buffer.triangle == -1).all()


def test_only_fronts_are_drawn_where_only_they_are_asked_for():
    """Of a triangle and the same one wound the other way, one is drawn, and without the question both are."""
    points = np.array([[0, 0, 1], [10, 0, 1], [0, 10, 1]], np.float32)
    drawn = {}
    for only_fronts in (False, True):
        for turn in (1, -1):
            buffer = new_buffer(8, 8)
            triangles = np.ascontiguousarray(TRIANGLE[:, ::turn])
            rasterise(points, triangles, SHOW, buffer, only_fronts=only_fronts)
            drawn[only_fronts, turn] = bool((buffer.triangle == 0).any())
    assert drawn == {(False, 1): True, (False, -1): True, (True, 1): False, (True, -1): True}


def test_normals_are_unit_vectors_across_the_surface():
    """The normal of a triangle in the x-y plane is the z axis."""
    normals = vertex_normals(np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32), TRIANGLE)
    np.testing.assert_allclose(normals, [[0, 0, 1]] * 3, atol=1e-6)


@settings(deadline=None)  # the first example compiles
@given(st.tuples(*[st.floats(-0.7, 0.7)] * 3), st.floats(-0.4, 0.4))
def test_a_pose_keeps_distances_and_puts_the_centre_before_the_camera(angles, torso):
    """What follows the head wholly is turned rigidly, and the centre comes to stand on the optical axis."""
    rng = np.random.default_rng(1)
    points = rng.normal(0, 1, (6, 3)).astype(np.float32)
    pose = pose_towards(np.zeros(3, np.float32), points[0], (*angles, torso), 16.0)
    placed = place(points, np.ones(6, np.float32), pose)
    np.testing.assert_allclose(placed[0], [0, 0, -16], atol=1e-4)
    expected = np.linalg.norm(points[1:] - points[0], axis=1)
    np.testing.assert_allclose(np.linalg.norm(placed[1:] - placed[0], axis=1), expected, atol=1e-4)
    np.testing.assert_allclose(pose.head, rotation(*angles), atol=1e-4)


def test_points_that_do_not_follow_the_head_only_turn_with_the_torso():
    """A share of zero leaves the shoulders where they are."""
    axis = np.array([0, 1, 0], np.float32)
    eye = np.eye(3, dtype=np.float32)
    pose = Pose(np.zeros(3, np.float32), axis, 0.5, eye, eye, np.zeros(3, np.float32))
    points = np.array([[1, 2, 3]], np.float32)
    np.testing.assert_allclose(place(points, np.zeros(1, np.float32), pose), points, atol=1e-6)
    turned = place(points, np.ones(1, np.float32), pose)[0]
    np.testing.assert_allclose(turned, cv2.Rodrigues(axis * 0.5)[0] @ points[0], atol=1e-5)


def test_a_point_turns_by_its_own_share_whoever_came_before_it():
    """Points of one share share its sine and cosine; each comes to stand where it does alone, to the bit."""
    rng = np.random.default_rng(2)
    points = rng.normal(0, 1, (7, 3)).astype(np.float32)
    shares = np.array([0.5, 0.5, 0, 0, 1, 1, 0.5], np.float32)
    pose = pose_towards(np.zeros(3, np.float32), points[0], (0.4, 0.1, -0.2, 0.1), 16.0)
    alone = [place(points[row : row + 1], shares[row : row + 1], pose)[0] for row in range(7)]
    np.testing.assert_array_equal(place(points, shares, pose), alone)


def test_blending_adds_weighted_offsets():
    """Weights scale their offsets, and zero weights change nothing."""
    vertices, basis = np.zeros((2, 3), np.float32), np.ones((2, 2, 3), np.float32)
    np.testing.assert_allclose(blend(vertices, basis, np.array([0.5, 0.25], np.float32)), 0.75)
    np.testing.assert_array_equal(blend(vertices, basis, np.zeros(2, np.float32)), vertices)


def test_points_by_axis_lie_as_far_along_a_ray_to_the_bit():
    """The order in memory changes how fast they are read, not what comes out."""
    points = np.random.default_rng(3).normal(0, 1, (50, 3)).astype(np.float32)
    ray = np.array([0.3, -0.5, 0.8])
    ordered = by_axis(points)
    assert ordered[:, 1].flags.c_contiguous
    np.testing.assert_array_equal(along(ordered, ray), along(points, ray))
