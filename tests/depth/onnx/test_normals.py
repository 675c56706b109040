from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy import ndimage

from relief_widget import Photo, open_photo
from relief_widget.depth import DepthMap, OnnxModel
from relief_widget.depth.onnx import KINDS, Kind
from tests.support.bounds import LEVEL
from tests.support.onnx_models import answers_net

Array = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

ROWS, COLS, FOCAL = 300, 400, 380.0
MOGE = KINDS["moge-2"]
WITHOUT = dataclasses.replace(MOGE, normals=())


@dataclasses.dataclass(frozen=True)
class Scene:
    """A surface that is known: distance, normals, and how far each pixel is from a depth step."""

    distance: Doubles
    normals: Doubles
    u: Doubles
    v: Doubles
    away: Doubles

    @property
    def near(self) -> Doubles:
        return 1 / self.distance

    def points(self, distance: Doubles, shift: float = 0.0) -> Doubles:
        rays = np.stack([self.u / FOCAL, self.v / FOCAL, np.ones_like(self.u)], axis=-1)
        return distance[..., None] * rays - [0, 0, shift]


def distance_at(u: Doubles, v: Doubles) -> Doubles:
    x, y = 2 * u / COLS, 2 * v / COLS
    z = 2.2 - 0.1 * x + 0.15 * y - 0.35 * np.exp(-((x + 0.35) ** 2 + y**2) / 0.12)
    z = z + 0.008 * np.sin(30 * x + 10 * y)
    block = (np.abs(x - 0.55) < 0.2) & (np.abs(y) < 0.3)
    plate = (np.abs(x + 0.2) < 0.25) & (np.abs(y - 0.5) < 0.08)
    return np.where(block, z - 0.35, np.where(plate, z - 0.1, z))


@pytest.fixture(scope="module")
def scene() -> Scene:
    v, u = np.mgrid[:ROWS, :COLS].astype(np.float64)
    u, v = u - (COLS - 1) / 2, v - (ROWS - 1) / 2
    z, e = distance_at(u, v), 1e-4
    across = (distance_at(u + e, v) - distance_at(u - e, v)) / (2 * e)
    down = (distance_at(u, v + e) - distance_at(u, v - e)) / (2 * e)
    # At right angles to both tangents of the surface, x to the right, y down, z into the picture.
    normals = np.stack([across * FOCAL, down * FOCAL, -(z + u * across + v * down)], axis=-1)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    step = np.maximum(
        np.abs(np.diff(z, axis=0, prepend=z[:1])), np.abs(np.diff(z, axis=1, prepend=z[:, :1]))
    )
    return Scene(z, normals, u, v, ndimage.distance_transform_edt(step < 0.03))


def coarse(scene: Scene, levels: int = 96) -> Doubles:
    """Return the distance as a network gives it: blurred, and in few levels."""
    blurred = ndimage.gaussian_filter(scene.distance, 4)
    level = np.ptp(blurred) / levels
    return np.asarray(np.round(blurred / level) * level)


def plain() -> Photo:
    return open_photo(np.full((ROWS, COLS, 3), 0.5, np.float32), mask=False)


def made(path: Path, kind: Kind | str) -> DepthMap:
    return OnnxModel(path, kind=kind, detail=False)(plain())


def moge(path: Path, scene: Scene, normals: Doubles) -> Path:
    """Save a network like MoGe-2, with coarse points and fine normals."""
    points = scene.points(coarse(scene), shift=0.5)
    return answers_net(
        path,
        {"points": points[None], "normal": normals[None], "mask": np.ones((1, ROWS, COLS))},
    )


def errors(scene: Scene, values: Array) -> tuple[float, float, float]:
    """Return the mean error of the gradient, of the depth, and of the depth beside steps.

    The depth map is the truth up to a scale and a shift, which are found first.
    """
    inner = scene.away > 14
    line = np.polyfit(scene.near[inner], values[inner], 1)
    fitted = (values.astype(np.float64) - line[1]) / line[0]
    off = np.hypot(*(np.asarray(a) for a in np.gradient(fitted - scene.near)))
    wrong = np.abs(fitted - scene.near)
    beside = scene.away < 20
    return float(off[inner].mean()), float(wrong[inner].mean()), float(wrong[beside].mean())


def test_normals_bring_the_fine_shape_and_spoil_no_step(tmp_path: Path, scene: Scene) -> None:
    path = moge(tmp_path / "m.onnx", scene, scene.normals)
    before, after = (errors(scene, made(path, kind).values) for kind in (WITHOUT, MOGE))
    assert after[0] < 0.2 * before[0]
    assert after[1] < 0.6 * before[1]
    assert after[2] < 1.0 * before[2]
    report = made(path, MOGE).report
    assert report is not None
    assert not report.warnings


@pytest.mark.parametrize(
    "axes", [(1, -1, 1), (1, -1, -1), (-1, -1, -1), (1, 1, -1), (-1, 1, 1)], ids=str
)
def test_whichever_way_the_axes_point(
    tmp_path: Path, scene: Scene, axes: tuple[int, int, int]
) -> None:
    expected = made(moge(tmp_path / "m.onnx", scene, scene.normals), MOGE)
    turned = made(moge(tmp_path / "n.onnx", scene, scene.normals * axes), MOGE)
    assert np.abs(expected.values - turned.values).max() < 1e-3
    assert turned.report is not None
    assert not turned.report.warnings


@pytest.mark.parametrize(
    "what", ["noise", "flat", "swapped", "another", "nothing", "nan", "shapeless"]
)
def test_normals_that_do_not_fit_are_left_out_and_said(
    tmp_path: Path, scene: Scene, what: str
) -> None:
    normals = {
        "noise": np.random.default_rng(0).normal(size=scene.normals.shape),
        "flat": np.broadcast_to([0.0, 0.0, -1.0], scene.normals.shape),
        "swapped": scene.normals[..., [1, 0, 2]],
        "another": scene.normals[::-1, ::-1],
        "nothing": np.zeros_like(scene.normals),
        "nan": np.full_like(scene.normals, np.nan),
        "shapeless": np.zeros((5, 7)),
    }[what]
    path = moge(tmp_path / "m.onnx", scene, normals)
    depth = made(path, MOGE)
    assert np.array_equal(depth.values, made(path, WITHOUT).values)
    assert depth.report is not None
    assert [line for line in depth.report.warnings if "do not fit its depth" in line]


@pytest.mark.parametrize("layout", ["last", "first"])
@pytest.mark.parametrize("near", ["large", "small"])
def test_any_network_with_normals_uses_them(
    tmp_path: Path, scene: Scene, near: str, layout: str
) -> None:
    # Neither the focal length is known, nor, of inverse depth, scale and shift.
    depth = coarse(scene) if near == "small" else 3 / coarse(scene) - 0.4
    normals = scene.normals if layout == "last" else np.moveaxis(scene.normals, -1, 0)
    path = answers_net(
        tmp_path / "m.onnx", {"depth": depth[None], "predicted_normal": normals[None]}
    )
    kind = KINDS["depth-anything-3" if near == "small" else "depth-anything-v2"]
    before, after = (
        errors(scene, made(path, which).values)
        for which in (dataclasses.replace(kind, normals=()), kind)
    )
    assert after[0] < 0.25 * before[0]
    assert after[1] < before[1]
    assert after[2] < 1.02 * before[2]


def test_normals_of_another_size_fit_too(tmp_path: Path, scene: Scene) -> None:
    small = coarse(scene)[::2, ::2]
    path = answers_net(tmp_path / "m.onnx", {"depth": small[None], "normal": scene.normals[None]})
    kind = KINDS["depth-anything-3"]
    before, after = (
        errors(scene, made(path, which).values)
        for which in (dataclasses.replace(kind, normals=()), kind)
    )
    assert after[0] < 0.5 * before[0]


def test_what_nobody_knows_is_left_alone(tmp_path: Path, scene: Scene) -> None:
    # The sky has normals that mean nothing.
    mask = np.ones((ROWS, COLS))
    mask[:60] = 0
    normals = scene.normals.copy()
    normals[:60] = np.random.default_rng(1).normal(size=normals[:60].shape)
    points = scene.points(coarse(scene))
    path = answers_net(
        tmp_path / "m.onnx", {"points": points[None], "normal": normals[None], "mask": mask[None]}
    )
    values = made(path, MOGE).values
    assert np.ptp(values[:58]) < LEVEL
    assert values[:58].max() < 0.01
    assert np.ptp(values[70:]) > 0.5


def test_as_many_tokens_as_the_photo_fills(tmp_path: Path) -> None:
    ramp = np.broadcast_to(np.linspace(0, 1, 60), (40, 60))
    path = answers_net(tmp_path / "m.onnx", {"depth": ramp[None]}, tokens="depth")
    kind = Kind("mine", "Mine", "large", side=600, tokens=(1200, 3600))

    def tokens(rows: int, cols: int, style: str, which: Kind = kind) -> int:
        photo = open_photo(np.full((rows, cols, 3), 0.5, np.float32), mask=False)
        values = OnnxModel(path, kind=which, detail="auto")(photo, style).values  # type: ignore[arg-type]
        return round(float(values[rows // 10, cols // 2]) * 3600)

    assert tokens(200, 300, "detailed") == 1200
    assert tokens(600, 720, "detailed") == 600 * 720 // 14**2
    assert tokens(600, 720, "organic") == 600 * 720 // 14**2
    assert tokens(1200, 1500, "organic") == 2400
    assert tokens(1200, 1500, "detailed", dataclasses.replace(kind, side=1200)) == 3600
    mine = dataclasses.replace(kind, extra={"num_tokens": 1800})
    assert tokens(600, 720, "detailed", mine) == 1800
