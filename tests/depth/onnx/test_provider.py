from __future__ import annotations

import copy
import pickle
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import pytest
from onnx import TensorProto

from relief_widget import Photo, Relief, open_photo
from relief_widget.depth import DepthError, OnnxModel
from relief_widget.depth.onnx import KINDS, Kind
from tests.support.bounds import LEVEL
from tests.support.onnx_models import (
    OPEN,
    Net,
    answer_net,
    answers_net,
    grey_net,
    place_net,
    points_net,
    sky_net,
)

Array = npt.NDArray[np.float32]

V2 = "depth-anything-v2"


def photo_of(grey: npt.NDArray[np.floating]) -> Photo:
    return open_photo(np.repeat(grey.astype(np.float32)[..., None], 3, axis=2), mask=False)


def disc(rows: int, cols: int, y: float, x: float, radius: float) -> Array:
    """Return a disc, 0.8 on 0.2, whose edge is one pixel wide."""
    down, across = np.mgrid[:rows, :cols]
    away = np.hypot(down + 0.5 - y, across + 0.5 - x)
    return np.asarray(0.2 + 0.6 * np.clip(radius - away + 0.5, 0, 1), dtype=np.float32)


def centre(values: Array) -> tuple[float, float]:
    """Return row and column of the centre of mass above the middle level, in pixels."""
    high = np.clip(values - 0.5, 0, None)
    y, x = np.indices(values.shape)
    return float((high * (y + 0.5)).sum() / high.sum()), float(
        (high * (x + 0.5)).sum() / high.sum()
    )


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


SIZES = [(301, 443), (443, 301), (217, 217), (90, 640), (61, 45)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("fixed", [OPEN, (140, 140), (126, 168), (112, "width")])
def test_a_disc_stays_where_it_is(tmp_path: Path, size: tuple[int, int], fixed: Any) -> None:
    rows, cols = size
    y, x, radius = 0.37 * rows, 0.61 * cols, 0.22 * min(size)
    model = OnnxModel(grey_net(tmp_path / "m.onnx", fixed), kind=V2, side=140, detail=False)
    made = model(photo_of(disc(rows, cols, y, x, radius)), "organic")
    assert made.values.shape == size
    assert made.values.dtype == np.float32
    assert made.size == (cols, rows)
    assert made.style == "organic"
    assert made.mask is None
    near = centre(made.values)
    assert abs(near[0] - y) < 0.35
    assert abs(near[1] - x) < 0.35
    area = float((made.values > 0.5).mean()) * rows * cols
    assert abs(np.sqrt(area / np.pi) - radius) < 0.7
    # All else is one level: no ghost of a mirrored border, no bar.
    away = np.hypot(*(np.indices(size) + 0.5 - np.array([y, x])[:, None, None]))
    ground = made.values[away > 1.6 * radius + 3]
    assert np.ptp(ground) < 1e-3
    assert ground[0] < 0.06


@pytest.mark.parametrize("size", [(301, 443), (443, 301), (200, 1403)])
@pytest.mark.parametrize("fixed", [(140, 140), (98, 168), (168, 98)])
@pytest.mark.parametrize("coarse", [1, 2])
def test_a_fixed_size_is_cropped_to_the_photo_and_nothing_else(
    tmp_path: Path, size: tuple[int, int], fixed: tuple[int, int], coarse: int
) -> None:
    rows, cols = size
    path = place_net(tmp_path / "m.onnx", fixed, coarse=coarse)
    made = OnnxModel(path, kind=V2, detail=False)(photo_of(disc(rows, cols, 99, 99, 50)))
    # The columns of the photo, 0 to 1, stretched over those of the answer.
    across = (np.arange(cols) + 0.5) / cols
    pixel = coarse * max(cols / fixed[1], rows / fixed[0]) / cols
    inner = (across > 1.5 * pixel) & (across < 1 - 1.5 * pixel)
    low, high = 0.5 * pixel, 1 - 0.5 * pixel
    truth = (across - low) / (high - low)
    assert np.abs(made.values - truth)[:, inner].max() * cols < 1.0


def test_bars_beside_the_photo_do_not_show_in_it(tmp_path: Path) -> None:
    # The network looks 8 pixels around; the photo is bright up to its borders.
    path = grey_net(tmp_path / "m.onnx", (140, 140), blur=17)
    grey = 0.9 - disc(200, 420, 100, 210, 60)
    values = OnnxModel(path, kind=V2, detail=False)(photo_of(grey)).values
    assert np.ptp(values[:, :40]) < 1e-3
    assert values[:, :40].min() > 0.95


def test_a_slope_keeps_its_height_everywhere(tmp_path: Path) -> None:
    model = OnnxModel(grey_net(tmp_path / "m.onnx"), kind=V2, side=140, detail=False)
    rows, cols = 287, 391
    y, x = np.mgrid[:rows, :cols].astype(np.float32)
    truth = (y / rows + 2 * x / cols) / 3
    made = model(photo_of(truth))
    made_slope = np.polyfit(truth[20:-20, 20:-20].ravel(), made.values[20:-20, 20:-20].ravel(), 1)
    fitted = (made.values - made_slope[1]) / made_slope[0]
    assert np.abs(fitted - truth)[8:-8, 8:-8].max() * cols < 1.0


@pytest.mark.parametrize("distance", [False, True])
def test_near_is_one_for_either_polarity(tmp_path: Path, distance: bool) -> None:
    path = grey_net(tmp_path / "m.onnx", distance=distance)
    kind = "depth-anything-3" if distance else V2
    grey = np.linspace(0.1, 0.9, 280, dtype=np.float32)[None].repeat(210, 0)
    made = OnnxModel(path, kind=kind, side=280, detail=False)(photo_of(grey))
    middle = made.values[100]
    assert middle[0] < 0.01
    assert middle[-1] > 0.99
    # 1 / distance is linear in the grey, so both come out as the same straight slope.
    assert np.abs(middle - np.linspace(0, 1, 280)).max() < 0.01


def test_a_square_that_is_asked_for_is_stretched(tmp_path: Path) -> None:
    path = grey_net(tmp_path / "m.onnx", (140, 140))
    kind = Kind("mine", "Mine", "large", fit="stretch")
    truth = disc(200, 400, 80, 260, 40)
    made = OnnxModel(path, kind=kind, detail=False)(photo_of(truth))
    y, x = centre(made.values)
    assert abs(y - 80) < 0.35
    assert abs(x - 260) < 0.35


def test_half_precision_is_fed_and_read(tmp_path: Path) -> None:
    truth = disc(210, 280, 90, 130, 50)
    whole = grey_net(tmp_path / "whole.onnx")
    half = grey_net(tmp_path / "half.onnx", half=True)
    one, other = (
        OnnxModel(path, kind=V2, side=210, detail=False)(photo_of(truth)).values
        for path in (whole, half)
    )
    assert np.abs(one - other).max() < 0.01


def test_views_are_an_axis_more(tmp_path: Path) -> None:
    path = grey_net(tmp_path / "da3.onnx", rank=5, distance=True)
    made = OnnxModel(path, side=210, detail=False)(photo_of(disc(210, 280, 90, 130, 50)))
    assert abs(centre(made.values)[1] - 130) < 0.35


def test_colours_last_and_bytes_are_understood(tmp_path: Path) -> None:
    net = Net()
    image = net.input("image", [1, "height", "width", 3], TensorProto.UINT8)
    values = net.add("Cast", image, to=TensorProto.FLOAT)
    values = net.add("ReduceMean", values, axes=[3], keepdims=0)
    net.output(net.add("Identity", values, name="depth"), 3)
    path = net.save(tmp_path / "m.onnx")
    made = OnnxModel(path, kind=V2, side=210, detail=False)(photo_of(disc(210, 280, 90, 130, 50)))
    assert abs(centre(made.values)[0] - 90) < 0.35


def test_sky_is_farthest_however_bright(tmp_path: Path) -> None:
    truth = np.full((210, 280), 0.5, np.float32)
    truth[:80] = 1.0
    truth[150:] = 0.2
    # Kind and outputs are told by the names alone: distance, with a score of sky.
    made = OnnxModel(sky_net(tmp_path / "model.onnx"), side=280, detail=False)(photo_of(truth))
    values = made.values
    assert values[:76].max() < 0.01
    assert values[90:145].min() > 0.99
    assert values[160:].max() < 0.01


@pytest.mark.parametrize("scalar", [True, False])
def test_points_without_their_shift_become_distances(tmp_path: Path, scalar: bool) -> None:
    path = points_net(tmp_path / "m.onnx", (126, 168), focal=1.4, shift=0.8, scalar=scalar)
    y, x = np.mgrid[:252, :336].astype(np.float32)
    truth = 0.2 + 0.3 * x / 336 + 0.2 * np.exp(-((y - 100) ** 2 + (x - 200) ** 2) / 4000)
    truth[:20] = 1.0  # Where the mask says that nothing is known.
    made = OnnxModel(path, detail=False)(photo_of(truth)).values
    assert made[:16].max() < 0.01
    # With a wrong shift, 1 / z is no straight line over the truth.
    known = np.s_[30:-8, 8:-8]
    line = np.polyfit(truth[known].ravel(), made[known].ravel(), 1)
    assert line[0] > 0.5
    assert np.abs(made[known] - np.polyval(line, truth[known])).max() < 0.003


def test_holes_that_a_surface_encloses_are_filled(tmp_path: Path) -> None:
    rows, cols = 126, 168
    path = points_net(tmp_path / "m.onnx", (rows, cols), focal=1.4, shift=0.8)
    y, x = np.mgrid[:rows, :cols].astype(np.float32)
    slope = 0.2 + 0.4 * x / cols + 0.1 * y / rows
    # The network says that it knows nothing of what is white.
    enclosed = np.hypot(y - 60, x - 90) < 18
    opened = (y > 100) & (x < 40)
    truth = np.where(enclosed | opened, 1.0, slope).astype(np.float32)
    values = OnnxModel(path, detail=False)(photo_of(truth)).values
    known = ~enclosed & ~opened
    line = np.polyfit(slope[known], values[known], 1)
    assert np.abs(values - np.polyval(line, slope))[~opened].max() < 0.02
    assert values[opened].max() < 0.01


def test_a_hole_beside_the_sky_is_no_hole(tmp_path: Path) -> None:
    rows, cols = 60, 90
    near = np.broadcast_to(np.linspace(0.2, 0.6, cols), (rows, cols))
    mask, sky = np.ones((rows, cols)), np.zeros((rows, cols))
    sky[10:30, 20:50] = 1
    mask[30:40, 30:40] = 0
    mask[45:55, 60:80] = 0
    path = answers_net(
        tmp_path / "m.onnx", {"depth": near[None], "sky": sky[None], "mask": mask[None]}
    )
    kind = Kind("mine", "Mine", "large", sky="sky", valid="mask")
    values = OnnxModel(path, kind=kind, detail=False)(photo_of(disc(rows, cols, 9, 9, 5))).values
    assert values[10:40, 30:40].max() == 0
    assert np.abs(np.diff(values[50])).max() < 0.03
    # A mask that covers everything says nothing.
    mask[:] = 0
    path = answers_net(tmp_path / "n.onnx", {"depth": near[None], "mask": mask[None]})
    values = OnnxModel(path, kind=kind, detail=False)(photo_of(disc(rows, cols, 9, 9, 5))).values
    assert np.abs(values - np.linspace(0, 1, cols)).max() < LEVEL


def test_a_model_in_two_networks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DepthError, match=r"two networks, a backbone and a refiner.*MoGe-2"):
        OnnxModel("someone/moge-3-vitl-onnx")
    folder = tmp_path / "moge-3-vitl-onnx"
    folder.mkdir()
    path = grey_net(folder / "backbone.onnx")
    assert "two networks" in refused(OnnxModel(path))
    # Whoever says what it is knows better.
    assert OnnxModel(path, kind=V2)(photo_of(disc(60, 90, 30, 40, 20))).values.max() == 1


def test_a_distance_of_zero_and_of_infinity_spoil_nothing(tmp_path: Path) -> None:
    distance = np.broadcast_to(np.linspace(1, 3, 90), (1, 60, 90)).copy()
    distance[0, :5, :5] = 0
    distance[0, 10:12, 20:22] = -1
    distance[0, 20:30, 40:50] = np.inf
    distance[0, 50, 30] = np.nan
    path = answer_net(tmp_path / "m.onnx", distance)
    made = OnnxModel(path, kind="depth-anything-3", detail=False)(photo_of(disc(60, 90, 9, 9, 5)))
    values = made.values
    assert values[2, 2] == 1
    assert values[25, 45] == 0
    # Metres 1 and 3 are 1 and 1/3; the rest of the range belongs to 0 and infinity.
    assert values[40, 0] - values[40, -1] > 0.3
    assert abs(values[50, 30] - values[50, 31]) < 0.02


def test_single_outliers_do_not_flatten_the_rest(tmp_path: Path) -> None:
    near = np.broadcast_to(np.linspace(0, 1, 200), (1, 200, 200)).copy()
    near[0, 3, 7] = 1e5
    path = answer_net(tmp_path / "m.onnx", near)
    values = OnnxModel(path, kind=V2, detail=False)(photo_of(disc(200, 200, 9, 9, 5))).values
    assert values[100, 150] - values[100, 50] > 0.15
    near[0, 3, 7] = 0
    path = answer_net(tmp_path / "n.onnx", near)
    values = OnnxModel(path, kind=V2, detail=False)(photo_of(disc(200, 200, 9, 9, 5))).values
    assert np.abs(values[100] - np.linspace(0, 1, 200)).max() < LEVEL


def test_the_mask_is_kept(tmp_path: Path) -> None:
    truth = disc(200, 280, 90, 130, 50)
    photo = photo_of(truth).with_mask(truth > 0.5)
    made = OnnxModel(grey_net(tmp_path / "m.onnx"), kind=V2, side=140)(photo)
    assert made.mask is not None
    assert made.mask.shape == made.values.shape
    assert made.mask[90, 130] == 1
    assert made.mask[0, 0] == 0


def test_a_large_photo_gives_a_map_of_2048(tmp_path: Path) -> None:
    model = OnnxModel(grey_net(tmp_path / "m.onnx"), kind=V2, side=140, detail=False)
    made = model(photo_of(disc(1500, 3000, 600, 1700, 300)))
    assert made.values.shape == (1024, 2048)
    assert made.size == (3000, 1500)
    y, x = centre(made.values)
    assert abs(y - 600 * 2048 / 3000) < 1
    assert abs(x - 1700 * 2048 / 3000) < 1


def test_a_relief_is_made_of_it(tmp_path: Path) -> None:
    model = OnnxModel(grey_net(tmp_path / "m.onnx"), kind=V2, side=140)
    picture = np.repeat((disc(200, 280, 90, 130, 50) * 255).astype(np.uint8)[..., None], 3, 2)
    relief = Relief.from_photo(picture, provider=model, mesh_quality=128)
    assert relief.mesh.is_watertight
    assert relief.depth_map is not None
    assert relief.depth_map.origin["model"] == "m.onnx"


def test_the_kind_is_told_by_names(tmp_path: Path) -> None:
    photo = photo_of(np.linspace(0.1, 0.9, 90, dtype=np.float32)[None].repeat(60, 0))
    for name, distance in (
        ("Depth-Anything-V2_vits.onnx", False),
        ("depth_anything_v2_metric_hypersim_vits.onnx", True),
        ("DA3-SMALL.onnx", True),
        ("depth_pro_fp16.onnx", True),
    ):
        model = OnnxModel(grey_net(tmp_path / name, distance=distance), side=84, detail=False)
        values = model(photo).values
        assert values[:, -4:].min() > 0.9 > 0.1 > values[:, :4].max(), name


def test_one_session_serves_all_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import onnxruntime

    made = []
    real = onnxruntime.InferenceSession

    def counted(*args: Any, **options: Any) -> Any:
        made.append(args)
        return real(*args, **options)

    monkeypatch.setattr(onnxruntime, "InferenceSession", counted)
    model = OnnxModel(grey_net(tmp_path / "m.onnx"), kind=V2, side=140)
    photos = [photo_of(disc(200, 280, 90, 60 + 20 * k, 40)) for k in range(8)]
    with ThreadPoolExecutor(4) as pool:
        maps = list(pool.map(lambda photo: model(photo, "detailed"), photos))
    assert len(made) == 1
    for k, depth in enumerate(maps):
        assert abs(centre(depth.values)[1] - 60 - 20 * k) < 0.5


def test_it_can_be_copied_and_sent(tmp_path: Path) -> None:
    model = OnnxModel(grey_net(tmp_path / "m.onnx"), kind=V2, side=140)
    photo = photo_of(disc(200, 280, 90, 130, 40))
    values = model(photo).values
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):  # noqa: S301 - our own
        assert np.array_equal(other(photo).values, values)


def test_it_says_what_it_is(tmp_path: Path) -> None:
    assert repr(OnnxModel()) == "OnnxModel('onnx-community/depth-anything-v2-small')"
    assert repr(OnnxModel(variant="int8")).endswith("small', variant='int8')")
    assert OnnxModel().notice == (
        "Depth Anything V2 Small: Apache-2.0, 99.1 MB, fetched once from the Hugging Face hub."
    )
    assert OnnxModel(variant="fp16").megabytes == 49.6
    assert OnnxModel().commercial is True
    for name in (
        "onnx-community/depth-anything-v2-large",
        "someone/depth-anything-v2-vitb-onnx",
        "someone/DA3NESTED-GIANT-LARGE",
        "onnx-community/DepthPro-ONNX",
    ):
        assert OnnxModel(name).commercial is False
        assert "not for commercial use" in OnnxModel(name).notice
    assert OnnxModel("someone/DA3MONO-LARGE-onnx").commercial is None
    own = OnnxModel(grey_net(tmp_path / "mine.onnx"), kind=V2)
    assert repr(own) == "OnnxModel('mine.onnx')"
    assert "licence not known" in own.notice
    assert own.ready
    assert own.commercial is None


def refused(model: OnnxModel, photo: Photo | None = None) -> str:
    with pytest.raises(DepthError) as caught:
        model(photo or photo_of(disc(60, 90, 30, 40, 20)))
    error = caught.value
    assert error.message.endswith(".")
    assert error.hint
    return str(error)


def test_a_missing_or_mistyped_name_is_said_at_once(tmp_path: Path) -> None:
    for model, words in (
        (tmp_path / "none.onnx", "There is no model file"),
        ("none.onnx", "There is no model file"),
        (tmp_path, "is a folder"),
        ("depth anything", "neither a file nor the name"),
    ):
        with pytest.raises(DepthError, match=words):
            OnnxModel(model)
    with pytest.raises(DepthError, match=r"no kind .* 'midas'.*moge-2"):
        OnnxModel(kind="midas")
    with pytest.raises(DepthError, match=r"no variant 'q2'.*fp16"):
        OnnxModel(variant="q2")
    with pytest.raises(DepthError, match="side is 0"):
        OnnxModel(side=0)
    with pytest.raises(DepthError, match="no style"):
        OnnxModel(grey_net(tmp_path / "m.onnx"), kind=V2)(
            photo_of(disc(60, 90, 30, 40, 20)),
            "wild",  # type: ignore[arg-type]
        )


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    whole = grey_net(tmp_path / "m.onnx").read_bytes()
    for name, content in (
        ("text.onnx", b"hello"),
        ("empty.onnx", b""),
        ("page.onnx", b"<!DOCTYPE html><html></html>"),
        ("cut.onnx", whole[: len(whole) // 2]),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        said = refused(OnnxModel(path, kind=V2))
        assert f"{name!r} is not a model that onnxruntime can load" in said


def test_weights_that_are_left_behind_are_named(tmp_path: Path) -> None:
    external: dict[str, Any] = {"save_as_external_data": True, "size_threshold": 42}
    path = grey_net(tmp_path / "m.onnx", location="m.onnx_data", **external)
    photo = photo_of(disc(60, 90, 30, 40, 20))
    assert OnnxModel(path, kind=V2)(photo).values.max() == 1
    (tmp_path / "m.onnx_data").unlink()
    assert "'m.onnx_data', which is not there" in refused(OnnxModel(path, kind=V2))


def test_a_file_that_vanished_is_said(tmp_path: Path) -> None:
    path = grey_net(tmp_path / "m.onnx")
    model = OnnxModel(path, kind=V2)
    path.unlink()
    assert not model.ready
    assert "There is no model file" in refused(model)


def test_the_wrong_model_is_refused(tmp_path: Path) -> None:
    unclear = grey_net(tmp_path / "unclear.onnx")
    assert "Say so with kind=" in refused(OnnxModel(unclear))

    net = Net()
    net.output(net.add("Identity", net.input("tokens", [1, 77]), name="depth"), 2)
    words = net.save(tmp_path / "words.onnx")
    assert "tokens [1, 77]" in refused(OnnxModel(words, kind=V2))

    net = Net()
    image = net.input("image", [4, 3, *OPEN])
    net.output(net.add("ReduceMean", image, axes=[1], name="depth"), 4)
    batch = net.save(tmp_path / "batch.onnx")
    assert "not one picture of three colours" in refused(OnnxModel(batch, kind=V2))

    net = Net()
    image = net.input("image", [1, 3, *OPEN])
    for name in ("a", "b"):
        net.output(net.add("ReduceMean", image, axes=[1], name=name), 4)
    several = net.save(tmp_path / "several.onnx")
    assert "not clear which output" in refused(OnnxModel(several, kind=V2))
    kind = Kind("mine", "Mine", "large", outputs=("b",))
    assert OnnxModel(several, kind=kind)(photo_of(disc(60, 90, 30, 40, 20))).values.max() == 1

    net = Net()
    image, knob = net.input("image", [1, 3, *OPEN]), net.input("knob", [1])
    grey = net.add("ReduceMean", image, axes=[1])
    net.output(net.add("Mul", grey, knob, name="depth"), 4)
    knobs = net.save(tmp_path / "knobs.onnx")
    assert "an input 'knob' that is not known" in refused(OnnxModel(knobs, kind=V2))
    kind = Kind("mine", "Mine", "large", extra={"knob": -1})
    made = OnnxModel(knobs, kind=kind)(photo_of(disc(60, 90, 30, 40, 20)))
    assert made.values[30, 40] < 0.1 < 0.9 < made.values[5, 80]

    classes = answer_net(tmp_path / "classes.onnx", np.zeros((1, 1000)))
    assert "which is no depth map" in refused(OnnxModel(classes, kind=V2))
    colours = answer_net(tmp_path / "colours.onnx", np.zeros((1, 3, 40, 50)))
    assert "which is no depth map" in refused(OnnxModel(colours, kind=V2))
    flat = answer_net(tmp_path / "flat.onnx", np.zeros((1, 40, 50)), output="points")
    assert "which is no depth map" in refused(OnnxModel(flat, kind="moge-2"))


def test_an_answer_without_depth_is_refused(tmp_path: Path) -> None:
    same = answer_net(tmp_path / "same.onnx", np.full((1, 40, 50), 3.0))
    assert "the same depth everywhere" in refused(OnnxModel(same, kind=V2))
    for value in (np.nan, np.inf, -np.inf):
        broken = answer_net(tmp_path / "broken.onnx", np.full((1, 40, 50), value))
        assert "NaN or infinity" in refused(OnnxModel(broken, kind=V2))
    for kind in (V2, "depth-anything-3"):
        nowhere = answer_net(tmp_path / "nowhere.onnx", np.full((1, 40, 50), np.nan))
        assert "NaN or infinity" in refused(OnnxModel(nowhere, kind=kind))


def test_a_model_that_fails_says_why(tmp_path: Path) -> None:
    net = Net()
    image = net.input("image", [1, 3, *OPEN])
    net.output(net.add("Reshape", image, net.constant([1, 7, 7], np.int64), name="depth"), 3)
    path = net.save(tmp_path / "m.onnx")
    assert "The model failed: " in refused(OnnxModel(path, kind=V2))


def test_a_model_for_a_newer_runtime_is_refused(tmp_path: Path) -> None:
    path = grey_net(tmp_path / "m.onnx")
    model = onnx.load(str(path))
    model.opset_import[0].version = 999
    onnx.save_model(model, str(path))
    assert "update onnxruntime" in refused(OnnxModel(path, kind=V2))


def test_a_missing_extra_names_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = grey_net(tmp_path / "m.onnx")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert "Run: pip install onnxruntime." in refused(OnnxModel(path, kind=V2))
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    said = refused(OnnxModel())
    assert "huggingface_hub" in said
    assert 'pip install "relief_widget[local]"' in said


def test_every_kind_has_what_it_needs() -> None:
    for name, kind in KINDS.items():
        assert kind.name == name
        assert kind.label
        assert kind.side % kind.multiple == 0
        assert min(kind.std) > 0


def test_nothing_heavy_is_loaded_before_it_is_used() -> None:
    code = (
        "import sys; from relief_widget.depth import OnnxModel; OnnxModel(kind='moge-2').notice; "
        "print(*sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert not set(run.stdout.split()) & {"onnxruntime", "onnx", "huggingface_hub", "httpx2"}
