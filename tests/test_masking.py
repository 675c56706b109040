from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from relief_widget import example_photos, open_photo
from relief_widget.depth.faces import find_faces, person_prior
from relief_widget.depth.masking import subject_mask

Array = npt.NDArray[np.float32]


def scene(
    colour: tuple[float, float, float],
    ground: tuple[float, float, float],
    *,
    centre: tuple[float, float] = (0.5, 0.5),
    radius: float = 0.28,
    grain: float = 0.02,
) -> tuple[Array, npt.NDArray[np.bool_]]:
    """Return a shaded ball on a ground, with grain, and where it is."""
    rows, cols = 240, 320
    y, x = np.mgrid[0:rows, 0:cols]
    dy, dx = (y - centre[0] * rows) / rows, (x - centre[1] * cols) / rows
    inside = np.hypot(dx, dy) < radius
    shade = np.clip(0.9 - 0.6 * (dx + dy) / radius, 0.4, 1.3)[..., None]
    picture = np.where(inside[..., None], np.array(colour) * shade, np.array(ground))
    picture = picture + np.random.default_rng(0).normal(0, grain, (rows, cols, 1))
    return np.clip(picture, 0, 1).astype(np.float32), inside


def overlap(found: Array, truth: npt.NDArray[np.bool_]) -> float:
    mask = found > 0.5
    return float((mask & truth).sum() / (mask | truth).sum())


@pytest.mark.parametrize(
    ("colour", "ground"),
    [
        ((0.7, 0.2, 0.15), (0.3, 0.5, 0.25)),
        ((0.15, 0.15, 0.17), (0.93, 0.93, 0.92)),
        ((0.75, 0.72, 0.7), (0.15, 0.2, 0.35)),
    ],
)
@pytest.mark.parametrize("centre", [(0.5, 0.5), (0.6, 0.35)])
def test_a_clear_subject_is_found(
    colour: tuple[float, float, float],
    ground: tuple[float, float, float],
    centre: tuple[float, float],
) -> None:
    picture, truth = scene(colour, ground, centre=centre)
    found = subject_mask(picture)
    assert overlap(found.values, truth) > 0.93
    assert found.confidence > 0.5


def test_a_subject_that_the_lower_edge_cuts_is_found() -> None:
    picture, truth = scene((0.7, 0.2, 0.15), (0.3, 0.5, 0.25), centre=(0.85, 0.5), radius=0.4)
    found = subject_mask(picture)
    assert overlap(found.values, truth) > 0.9


@pytest.mark.parametrize("kind", ["noise", "stripes", "constant", "gradient"])
def test_a_texture_has_no_subject(kind: str) -> None:
    y, x = np.mgrid[0:200, 0:300]
    grey = {
        "noise": np.random.default_rng(0).random((200, 300)),
        "stripes": 0.5 + 0.4 * np.sin(x / 5),
        "constant": np.full((200, 300), 0.5),
        "gradient": y / 200,
    }[kind]
    picture = np.repeat(grey[..., None], 3, axis=2).astype(np.float32)
    assert subject_mask(picture).confidence < 0.15


def test_the_mirrored_photo_has_the_mirrored_subject() -> None:
    picture = open_photo(example_photos()["flower"]).srgb(400)
    mask = subject_mask(picture).values
    other = subject_mask(np.ascontiguousarray(picture[:, ::-1])).values[:, ::-1]
    assert overlap(other, mask > 0.5) > 0.95


def test_the_same_photo_has_the_same_mask() -> None:
    picture = open_photo(example_photos()["pagoda"]).srgb(300)
    one, two = subject_mask(picture), subject_mask(picture.copy())
    np.testing.assert_array_equal(one.values, two.values)
    assert one.confidence == two.confidence


@pytest.mark.parametrize("shape", [(2, 2), (2, 90), (90, 2), (8, 8), (9, 400), (30, 20)])
def test_any_size_works(shape: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).random((*shape, 3), dtype=np.float32)
    found = subject_mask(picture)
    assert found.values.shape == shape
    assert np.isfinite(found.values).all()
    assert 0 <= found.values.min() <= found.values.max() <= 1
    assert 0 <= found.confidence <= 1


def test_a_portrait_has_head_and_shoulders() -> None:
    photo = open_photo(example_photos()["hopper"])
    mask = subject_mask(photo.srgb()).values
    # Face, uniform to the left and right of the tie, and not the sky beside the cap.
    for row, col, inside in (
        (220, 265, True),
        (480, 150, True),
        (480, 420, True),
        (100, 460, False),
    ):
        assert (mask[row, col] > 0.5) == inside, (row, col)


def test_faces_are_found_where_they_are() -> None:
    grey = open_photo(example_photos()["astronaut"]).luminance(256)
    (face,) = find_faces(grey, 180)
    assert (face.x, face.y) == pytest.approx((112, 58), abs=10)
    prior = person_prior(grey, 180)
    assert prior[58, 112] > 0.9
    assert prior[200, 112] > 0.6
    assert prior[20, 20] < 0.05


@pytest.mark.parametrize("name", ["coffee", "coins", "flower", "pagoda", "rocket"])
def test_no_face_is_seen_where_there_is_none(name: str) -> None:
    assert find_faces(open_photo(example_photos()[name]).luminance(300), 180) == []
