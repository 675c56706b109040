from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy import ndimage

from relief_widget import Photo, open_photo
from relief_widget.depth import OnnxModel
from relief_widget.depth.onnx.tiles import Tile, aligned, fuse, tiles
from tests.support.onnx_models import answer_net, grey_net

Array = npt.NDArray[np.float32]

V2 = "depth-anything-v2"


def photo_of(grey: npt.NDArray[np.floating]) -> Photo:
    return open_photo(np.repeat(grey.astype(np.float32)[..., None], 3, axis=2), mask=False)


def scene(rows: int, cols: int, *, ripple: float = 0.0) -> Array:
    """Return a slope with a smooth hill, a block with sharp edges, and ripples of 7 pixels."""
    y, x = np.mgrid[:rows, :cols].astype(np.float32)
    values = 0.25 + 0.2 * y / rows
    values = values + 0.25 * np.exp(-((y - rows / 2) ** 2 + (x - cols / 3) ** 2) / (rows / 4) ** 2)
    values = values + ripple * np.sin(2 * np.pi * (x + 0.3 * y) / 7)
    return np.asarray(values, dtype=np.float32)


def with_block(values: Array) -> Array:
    rows, cols = values.shape
    values = values.copy()
    values[rows // 4 : rows // 2, 3 * cols // 5 : 4 * cols // 5] += 0.25
    return values


def both(model: Path, photo: Photo, side: int = 126) -> tuple[Array, Array]:
    """Return the depth of one look, and with the tiles."""
    one, more = (
        OnnxModel(model, kind=V2, side=side, detail=detail)(photo).values
        for detail in (False, True)
    )
    return one, more


def fine(values: Array) -> Array:
    return values - ndimage.gaussian_filter(values, 5)


@pytest.mark.parametrize("ambiguous", [False, True])
@pytest.mark.parametrize("size", [(380, 507), (507, 380), (300, 911)])
def test_tiles_change_nothing_that_the_whole_shows(
    tmp_path: Path, ambiguous: bool, size: tuple[int, int]
) -> None:
    model = grey_net(tmp_path / "m.onnx", ambiguous=ambiguous)
    one, more = both(model, photo_of(scene(*size)))
    assert np.abs(one - more).max() < 0.01


def test_tiles_bring_detail_that_the_whole_is_too_small_for(tmp_path: Path) -> None:
    truth = scene(380, 507, ripple=0.03)
    one, more = both(grey_net(tmp_path / "m.onnx", ambiguous=True, blur=3), photo_of(truth))
    slope = np.polyfit(truth.ravel(), more.ravel(), 1)[0]
    gained, lost = (float((fine(v) * fine(truth)).sum()) / slope for v in (more, one))
    energy = float((fine(truth) ** 2).sum())
    assert lost < 0.15 * energy
    assert gained > 0.4 * energy
    assert np.corrcoef(fine(more).ravel(), fine(truth).ravel())[0, 1] > 0.9


def test_edges_become_sharper_without_halos(tmp_path: Path) -> None:
    truth = with_block(scene(380, 507))
    one, more = both(grey_net(tmp_path / "m.onnx", ambiguous=True, blur=5), photo_of(truth))
    error = []
    for values in (one, more):
        line = np.polyfit(truth.ravel(), values.ravel(), 1)
        error.append(np.abs(values - np.polyval(line, truth)) / line[0])
    edges = ndimage.gaussian_gradient_magnitude(truth, 1.0) > 0.02
    distance = ndimage.distance_transform_edt(~edges)
    beside = (distance > 2) & (distance < 8)
    assert error[1][beside].mean() < 0.7 * error[0][beside].mean()
    # Away from the edges nothing of them is left.
    assert error[1][distance > 9].max() < 0.02


@pytest.mark.parametrize("rows", [380, 640])
def test_there_are_no_seams_though_every_tile_is_bent(tmp_path: Path, rows: int) -> None:
    # Whatever it is shown, the network sees a bowl in it: no two tiles agree where they overlap.
    model = grey_net(tmp_path / "m.onnx", (126, 168), ambiguous=True, bias=1.0)
    one, more = both(model, photo_of(with_block(scene(rows, rows * 4 // 3))))
    # The fine edges change the range that is stretched to 0 … 1; that is no seam.
    line = np.polyfit(more.ravel(), one.ravel(), 1)
    change = np.polyval(line, more) - one
    flat = ndimage.gaussian_gradient_magnitude(one, 2.0) < 0.01
    flat = ndimage.binary_erosion(flat, iterations=8, border_value=1)
    steps = np.maximum(
        np.abs(np.diff(change, axis=0, prepend=change[:1])),
        np.abs(np.diff(change, axis=1, prepend=change[:, :1])),
    )
    # A seam of 1 % of the depth would be a step of 0.01 from one pixel to the next.
    assert steps[flat].max() < 0.002
    assert np.abs(change[flat]).max() < 0.02


def test_tiles_that_see_something_else_are_left_out(tmp_path: Path) -> None:
    del tmp_path
    whole = scene(300, 400)
    rng = np.random.default_rng(0)

    def see(tile: Tile) -> Array:
        here = whole[tile]
        if tile[1].start == 0:
            return np.full_like(here, 3)  # A blank wall.
        if tile[0].start == 0:
            return -here  # Upside down.
        return rng.random(here.shape, dtype=np.float32)  # Nonsense.

    assert np.array_equal(fuse(whole, tiles(whole.shape, (150, 200)), see), whole)


def test_a_fit_is_not_led_astray_by_a_part_that_differs() -> None:
    target = scene(240, 320)
    seen = 0.5 * target - 3
    seen[40:110, 60:150] += 4
    fitted = aligned(seen, target)
    assert fitted is not None
    assert np.abs(fitted - target)[150:].max() < 0.01


@pytest.mark.parametrize("shape", [(300, 400), (401, 77), (150, 1500), (10, 10)])
@pytest.mark.parametrize("tile", [(150, 200), (77, 77), (400, 500)])
def test_tiles_cover_the_picture_with_an_overlap(
    shape: tuple[int, int], tile: tuple[int, int]
) -> None:
    covered = np.zeros(shape, int)
    places = tiles(shape, tile)
    for place in places:
        assert covered[place].shape == (min(tile[0], shape[0]), min(tile[1], shape[1]))
        covered[place] += 1
    assert covered.min() >= 1
    for axis in (0, 1):
        starts = sorted({place[axis].start for place in places})
        assert all(b - a <= 0.67 * tile[axis] + 1 for a, b in itertools.pairwise(starts))


def test_tiles_are_for_details_of_photos_that_have_them(tmp_path: Path) -> None:
    model = grey_net(tmp_path / "m.onnx")
    told: list[tuple[int, int]] = []

    def looks(size: tuple[int, int], style: str, **options: object) -> int:
        told.clear()
        made = OnnxModel(
            model,
            kind=V2,
            side=126,
            progress=lambda done, total: told.append((done, total)),
            **options,  # type: ignore[arg-type]
        )
        made(photo_of(scene(*size)), style)  # type: ignore[arg-type]
        total = told[0][1]
        assert told == [(done, total) for done in range(total + 1)]
        return total

    assert looks((380, 507), "detailed") == 10
    assert looks((380, 507), "organic") == 1
    assert looks((380, 507), "organic", detail=True) == 10
    assert looks((380, 507), "detailed", detail=False) == 1
    assert looks((140, 180), "detailed") == 1
    assert looks((800, 1200), "detailed") == 10


class StopError(Exception):
    pass


def test_an_estimate_can_be_stopped_and_begun_again(tmp_path: Path) -> None:
    told = []

    def stop(done: int, total: int) -> None:
        told.append(done)
        if done == 3 and len(told) == 4:
            raise StopError(total)

    model = OnnxModel(grey_net(tmp_path / "m.onnx"), kind=V2, side=126, progress=stop)
    photo = photo_of(scene(380, 507))
    with pytest.raises(StopError):
        model(photo)
    assert told == [0, 1, 2, 3]
    assert model(photo).values.max() == 1


def test_a_network_that_sees_nothing_in_tiles_still_gives_the_whole(tmp_path: Path) -> None:
    # It answers the same for every tile as for the whole, as a broken or trivial one would.
    slope = np.broadcast_to(np.linspace(0, 1, 64), (1, 48, 64))
    one, more = both(answer_net(tmp_path / "m.onnx", slope), photo_of(scene(380, 507)))
    assert np.abs(one - more).max() < 0.03
