"""Flat art in levels: what a maker sees of it in the depth map and in the relief."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from relief_widget import Relief, ReliefApp, example_photos, open_photo
from relief_widget.app.inputs import Inputs, inputs_of
from relief_widget.app.session import stages_of
from relief_widget.cli import main
from relief_widget.depth import BuiltIn, DepthError, DepthMap, Layers, is_flat_art
from tests.support.bounds import LEVEL

Picture = npt.NDArray[np.uint8]
WHITE, BLACK, RED, BLUE, YELLOW = "#ffffff", "#000000", "#d62828", "#123f8f", "#f4c430"
SHARP = 8  # Shapes are drawn so many times as large, and shrunk: that antialiases them.


def drawn(
    size: tuple[int, int], ground: Any, *shapes: tuple[str, list[float], Any], mode: str = "RGB"
) -> Image.Image:
    """Return an antialiased drawing of shapes: the name of a method, its box, and the colour."""
    image = Image.new(mode, (size[0] * SHARP, size[1] * SHARP), ground)
    draw = ImageDraw.Draw(image)
    for kind, box, colour in shapes:
        getattr(draw, kind)([value * SHARP for value in box], fill=colour)
    return image.resize(size, Image.Resampling.BOX)


def badge(side: int = 200) -> Image.Image:
    s = side / 200
    rings = [(10, BLUE), (24, YELLOW), (60, RED)]
    return drawn(
        (side, side),
        WHITE,
        *(("ellipse", [m * s, m * s, (200 - m) * s, (200 - m) * s], c) for m, c in rings),
    )


def lettering(words: str = "Kiwi jazz") -> Image.Image:
    image = Image.new("L", (400 * 4, 160 * 4), 255)
    font = ImageFont.load_default(70 * 4)
    ImageDraw.Draw(image).text((20 * 4, 30 * 4), words, font=font, fill=0)
    return image.resize((400, 160), Image.Resampling.BOX)


def stamp() -> Picture:
    """Return a scan of a red stamp: grain, mottled ink, uneven light on the paper, dust."""
    rng = np.random.default_rng(3)
    print_ = drawn(
        (500, 500), 0, ("ellipse", [40, 40, 460, 460], 255), ("ellipse", [60, 60, 440, 440], 0),
        ("rectangle", [120, 200, 380, 300], 255), ("ellipse", [240, 120, 256, 136], 255), mode="L",
    )  # fmt: skip
    ink = np.asarray(print_.filter(ImageFilter.GaussianBlur(1)), float)[..., None] / 255
    spots = Image.fromarray(rng.uniform(0, 255, (60, 60)).astype(np.uint8)).resize((500, 500))
    ink *= 0.7 + 0.3 * np.asarray(spots, float)[..., None] / 255
    y, x = np.mgrid[0:500, 0:500] / 500
    paper = np.array([244, 238, 222]) * (1 - 0.12 * (x + y) / 2)[..., None]
    scan = paper * (1 - ink) + np.array([150, 25, 45]) * ink
    scan += rng.normal(0, 6, scan.shape)
    for row, col in rng.integers(5, 490, (40, 2)):
        scan[row : row + 2, col : col + 2] *= 0.6
    return np.asarray(np.clip(scan, 0, 255), np.uint8)


def layers(picture: Any, **options: Any) -> DepthMap:
    return Layers(**options)(open_photo(picture))


def at(depth_map: DepthMap, x: float, y: float) -> float:
    """Return the height at a place, as shares of the width and the height."""
    rows, cols = depth_map.values.shape
    return float(depth_map.values[int(y * rows), int(x * cols)])


def test_black_print_stands_up_on_white_paper_at_two_heights() -> None:
    made = layers(lettering())
    assert made.stepped
    assert np.unique(made.values).tolist() == [0, 1]
    assert at(made, 0.01, 0.01) == 0
    assert 0.05 < made.values.mean() < 0.3


def test_white_print_stands_up_on_a_dark_ground() -> None:
    picture = drawn((200, 120), "#10182b", ("rectangle", [60, 30, 140, 90], WHITE))
    made = layers(picture)
    assert at(made, 0.5, 0.5) == 1
    assert at(made, 0.05, 0.05) == 0


def test_each_colour_of_a_logo_has_a_level_by_its_lightness() -> None:
    made = layers(badge())
    assert len(np.unique(made.values)) == 4
    white, blue, yellow, red = (at(made, x, 0.5) for x in (0.01, 0.08, 0.2, 0.5))
    assert white == 0
    assert white < yellow < red < blue == 1
    np.testing.assert_allclose(np.diff([white, yellow, red, blue]), 1 / 3, atol=1e-4)


@pytest.mark.parametrize("size", [(64, 64), (200, 200), (700, 700)])
def test_edges_have_no_level_between_two_colours(size: tuple[int, int]) -> None:
    """The grey at the edge of black on white is no grey: the third colour is somewhere else."""
    w = size[0]
    picture = drawn(
        size,
        WHITE,
        ("ellipse", [0.1 * w, 0.1 * w, 0.6 * w, 0.6 * w], BLACK),
        ("rectangle", [0.7 * w, 0.7 * w, 0.95 * w, 0.95 * w], "#808080"),
    )
    made = layers(picture)
    assert len(np.unique(made.values)) == 3
    rows, cols = made.values.shape
    corner = made.values[: int(0.65 * rows), : int(0.65 * cols)]
    assert np.unique(corner).tolist() == [0, 1]


def test_outlines_of_small_art_are_round_at_the_map_s_resolution() -> None:
    picture = drawn((96, 96), WHITE, ("ellipse", [16, 16, 80, 80], BLACK))
    made = layers(picture)
    rows, cols = made.values.shape
    assert 1024 <= max(rows, cols) <= 2048
    y, x = np.mgrid[0:rows, 0:cols]
    radius = np.hypot((y + 0.5) / rows - 0.5, (x + 0.5) / cols - 0.5) * 96
    # Nowhere is the outline a quarter of a pixel of the picture off the circle.
    assert (made.values[radius < 31.75] == 1).all()
    assert (made.values[radius > 32.25] == 0).all()


def test_thin_strokes_and_dots_survive() -> None:
    picture = drawn(
        (300, 200),
        WHITE,
        ("rectangle", [20, 20, 280, 60], BLACK),
        *(("rectangle", [20, 80 + 20 * i, 280, 80.5 + 20 * i + 0.3 * i], BLACK) for i in range(4)),
        ("ellipse", [140, 175, 144, 179], BLACK),
    )
    made = layers(picture)
    assert np.unique(made.values).tolist() == [0, 1]
    for y in (80.4, 100.5, 120.6, 140.7):
        line = made.values[int((y - 2) / 200 * made.values.shape[0]) :][
            : made.values.shape[0] // 50
        ]
        assert line.max(axis=0)[200:1600].mean() > 0.95
    assert at(made, 142 / 300, 177 / 200) == 1


@pytest.mark.parametrize("quality", [30, 60, 90])
def test_a_jpeg_has_the_levels_of_its_drawing(tmp_path: Path, quality: int) -> None:
    path = tmp_path / "badge.jpg"
    badge(400).save(path, quality=quality)
    made, clean = layers(path), layers(badge(400))
    assert len(np.unique(made.values)) == 4
    assert np.mean(np.abs(made.values - clean.values) > 0.01) < 0.02


def test_a_scanned_stamp_is_ink_on_paper_without_specks() -> None:
    made = layers(stamp())
    assert np.unique(made.values).tolist() == [0, 1]
    assert at(made, 0.5, 0.5) == 1
    assert at(made, 0.1, 0.5) == 1
    # The dot is kept, the dust is not.
    assert at(made, 248 / 500, 128 / 500) == 1
    for corner in (np.s_[:200, :200], np.s_[-200:, :200], np.s_[:200, -200:], np.s_[-200:, -200:]):
        assert (made.values[corner] == 0).all()
    rows, cols = made.values.shape
    bar = made.values[int(0.42 * rows) : int(0.58 * rows), int(0.26 * cols) : int(0.74 * cols)]
    assert bar.min() == 1


def test_uneven_light_on_paper_is_no_level() -> None:
    picture = np.asarray(lettering().convert("RGB"), float)
    light = np.linspace(0.75, 1, picture.shape[1])[:, None]
    shaded = layers((picture * light).astype(np.uint8))
    assert np.unique(shaded.values).tolist() == [0, 1]
    assert np.mean(shaded.values != layers(lettering()).values) < 0.01


def test_a_gradient_is_a_smooth_slope_and_the_rest_stays_level() -> None:
    picture = np.full((200, 400, 3), 255, np.uint8)
    ramp = np.linspace(0, 1, 300)[:, None]
    picture[40:160, 50:350] = (1 - ramp) * (20, 50, 140) + ramp * (150, 215, 245)
    picture[170:190, 50:350] = 0
    made = layers(picture)
    assert at(made, 0.05, 0.1) == 0
    assert at(made, 0.5, 0.9) == 1
    rows, cols = made.values.shape
    line = made.values[rows // 2, int(0.14 * cols) : int(0.86 * cols)]
    steps = np.diff(line)
    assert line[0] > line[-1] + 0.2
    assert steps.max() < 1e-3
    # No bands: no step is much larger than the mean slope.
    assert np.abs(steps).max() < 8 * np.abs(steps.mean()) + 1e-4


def test_a_silhouette_in_alpha_is_raised_whatever_its_colour() -> None:
    for colour in ((0, 0, 0, 255), (255, 255, 255, 255)):
        picture = drawn(
            (200, 150), (0, 0, 0, 0), ("ellipse", [50, 30, 150, 120], colour), mode="RGBA"
        )
        made = layers(picture)
        assert np.unique(made.values).tolist() == [0, 1]
        assert at(made, 0.5, 0.5) == 1
        assert made.mask is not None
        assert np.mean((made.mask >= 0.5) != (made.values > 0)) < 1e-3


def test_transparent_is_below_the_lowest_colour() -> None:
    picture = drawn(
        (200, 200),
        (0, 0, 0, 0),
        ("ellipse", [20, 20, 180, 180], BLUE),
        ("ellipse", [60, 60, 140, 140], WHITE),
        mode="RGBA",
    )
    made = layers(picture)
    assert (at(made, 0.02, 0.02), at(made, 0.2, 0.5), at(made, 0.5, 0.5)) == pytest.approx(
        (0, 0.5, 1), abs=1e-4
    )
    turned = layers(picture, high="dark")
    assert at(turned, 0.02, 0.02) == 0
    assert at(turned, 0.2, 0.5) > at(turned, 0.5, 0.5) > 0


def test_dark_or_light_can_be_high_whatever_the_ground_is() -> None:
    made = layers(lettering(), high="light")
    assert at(made, 0.01, 0.01) == 1
    dark = layers(lettering(), high="dark").values
    np.testing.assert_allclose(made.values, 1 - dark, atol=LEVEL)


@pytest.mark.parametrize("most", [2, 3])
def test_at_most_so_many_levels(most: int) -> None:
    assert len(np.unique(layers(badge(), levels=most).values)) == most
    ramp = np.tile(np.linspace(0, 255, 300).astype(np.uint8), (100, 1))
    assert len(np.unique(layers(ramp, levels=most).values)) <= most


def test_ink_is_all_that_differs_from_the_paper() -> None:
    def printed(image: Image.Image) -> Picture:
        values = Layers(high="ink")(open_photo(image)).values
        assert set(np.unique(values)) <= {0.0, 1.0}
        rows, cols = (round(at * values.shape[0]) for at in (0.5, 0.97))
        return np.array([values[rows, rows], values[rows, cols]], np.uint8)

    for dot in (RED, YELLOW, BLACK):
        image = drawn(
            (200, 200),
            WHITE,
            ("ellipse", [60, 60, 140, 140], dot),
            ("rectangle", [20, 20, 40, 180], BLACK),
        )
        assert list(printed(image)) == [1, 0]
    # A sticker's white is paper, and a white drawing alone is ink.
    clear = (0, 0, 0, 0)
    white = ("ellipse", [20.0, 20.0, 180.0, 180.0], WHITE)
    black = ("ellipse", [40.0, 40.0, 80.0, 160.0], BLACK)
    assert list(printed(drawn((200, 200), clear, white, black, mode="RGBA"))) == [0, 0]
    assert list(printed(drawn((200, 200), clear, white, mode="RGBA"))) == [1, 0]


@pytest.mark.parametrize("levels", [2, 12])
def test_a_photo_of_many_colours_and_slopes_has_levels_too(levels: int) -> None:
    y, x = np.mgrid[:240, :320] / 320
    bands = np.floor(x * 7) / 7
    picture = np.stack([bands, np.sin(9 * y) / 2 + 0.5, (x + y) % 0.25 * 4], axis=-1)
    found = Layers(levels)(open_photo((picture * 255).astype(np.uint8)))
    assert 2 <= len(np.unique(found.values)) <= levels
    made = Layers(levels)(open_photo(example_photos()["cat"]))
    assert 2 <= len(np.unique(made.values)) <= levels


def test_levels_as_given_count_from_the_lowest() -> None:
    made = layers(badge(), levels=[RED, YELLOW, (18, 63, 143), WHITE])
    order = [at(made, x, 0.5) for x in (0.5, 0.2, 0.08, 0.01)]
    np.testing.assert_allclose(order, [0, 1 / 3, 2 / 3, 1], atol=1e-4)
    heights = layers(badge(), levels={WHITE: 0.0, BLUE: 0.25, YELLOW: 0.25, RED: 1.0})
    assert (at(heights, 0.2, 0.5), at(heights, 0.08, 0.5)) == pytest.approx((0.25, 0.25), abs=1e-4)
    assert len(np.unique(heights.values)) == 3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"levels": 1}, "1 levels make no relief"),
        ({"levels": "#fff"}, "Levels are not '#fff'"),
        ({"levels": ["#fff"]}, "2 to 24 colours"),
        ({"levels": ["#fff", "blue-ish"]}, "'blue-ish' is no colour"),
        ({"levels": [(0, 0, 0), (300, 0, 0)]}, "is no colour"),
        ({"levels": {"#fff": 0, "#000": 2}}, "not all within 0 and 1"),
        ({"high": "up"}, "not 'up'"),
    ],
)
def test_what_are_no_levels_is_a_sentence(options: dict[str, Any], words: str) -> None:
    with pytest.raises(DepthError, match=words):
        Layers(**options)


@pytest.mark.parametrize("shape", [(2, 2), (1, 300), (3, 200), (40, 2), (7, 5), (2500, 60)])
@pytest.mark.parametrize("kind", ["noise", "black", "halves"])
def test_any_size_and_kind_is_survived(shape: tuple[int, int], kind: str) -> None:
    shape = max(2, shape[0]), max(2, shape[1])
    picture = np.zeros((*shape, 3), np.uint8)
    if kind == "noise":
        picture[:] = np.random.default_rng(0).integers(0, 256, picture.shape)
    elif kind == "halves":
        picture[: shape[0] // 2] = 255
    made = layers(picture)
    assert np.isfinite(made.values).all()
    if kind == "black":
        assert not made.values.any()
    if kind == "halves":
        assert np.unique(made.values).tolist() == [0, 1]
    assert Relief.from_photo(picture, provider=Layers()).heights.max() <= 1


@pytest.mark.parametrize("quality", [128, 512, 1024])
def test_walls_of_the_relief_are_two_cells_at_most(quality: int) -> None:
    picture = drawn((300, 200), WHITE, ("rectangle", [77, 41, 201, 143], BLACK))
    heights = Relief.from_photo(picture, provider=Layers(), mesh_quality=quality).heights
    assert heights.min() == 0
    assert heights.max() == 1
    for line in (heights[heights.shape[0] // 2], heights[:, heights.shape[1] // 2]):
        between = (line > 0.001) & (line < 0.999)
        # Two walls, each with one sample on it at most.
        assert between.sum() <= 2
        assert np.abs(np.diff(line)).sum() == pytest.approx(2, abs=1e-4)


def test_clean_up_and_compression_leave_levels_as_they_are() -> None:
    relief = Relief.from_photo(badge(), provider=Layers())
    plain = relief.replace(compression=0.0, surface_smoothing=0)
    assert np.mean(np.abs(relief.heights - plain.heights) > 0.01) < 0.01
    strong = relief.replace(compression=1.0, enhance_details=1.0, surface_smoothing=10)
    for height in (0, 1 / 3, 2 / 3, 1):
        share = np.mean(np.abs(plain.heights - height) < 0.005)
        assert np.mean(np.abs(strong.heights - height) < 0.01) > 0.95 * share
    assert "compress" not in stages_of(relief)


def test_a_project_keeps_the_levels(tmp_path: Path) -> None:
    relief = Relief.from_photo(badge(), provider=Layers())
    relief.save(tmp_path / "badge.relief")
    opened = Relief.open(tmp_path / "badge.relief")
    assert opened.depth_map is not None
    assert opened.depth_map.stepped
    np.testing.assert_array_equal(opened.heights, relief.heights)
    assert isinstance(opened.provider, Layers)
    assert inputs_of(opened).source == "layers"
    other = Relief.from_photo(badge(), provider=BuiltIn())
    other.save(tmp_path / "other.relief")
    reopened = Relief.open(tmp_path / "other.relief").depth_map
    assert reopened is not None
    assert not reopened.stepped


def test_a_painted_mask_makes_ground_of_the_rest() -> None:
    relief = Relief.from_photo(badge(), provider=Layers())
    mask = np.zeros((200, 200), np.bool_)
    mask[:, :100] = True
    half = relief.replace_mask(mask).heights
    assert not half[:, 260:].any()
    assert half[:, :250].max() == 1


def test_flat_art_is_told_from_photos() -> None:
    art: list[Any] = [lettering(), badge(), badge(64), stamp(), drawn((90, 90), BLACK)]
    art.append(drawn((200, 150), (0, 0, 0, 0), ("ellipse", [50, 30, 150, 120], RED), mode="RGBA"))
    assert all(is_flat_art(open_photo(picture)) for picture in art)
    photos = {name: path for name, path in example_photos().items() if name != "logo"}
    assert [name for name, path in photos.items() if is_flat_art(open_photo(path))] == []
    grey = [open_photo(Image.open(path).convert("L")) for path in photos.values()]
    assert not any(is_flat_art(photo) for photo in grey)
    assert is_flat_art(open_photo(example_photos()["logo"]))


def test_a_shaded_ball_on_white_is_no_flat_art() -> None:
    y, x = np.mgrid[-1.4:1.4:300j, -1.4:1.4:300j]
    z = np.sqrt(np.clip(1 - x * x - y * y, 0, 1))
    light = 0.2 + 0.8 * np.clip(0.6 * z - 0.6 * y - 0.5 * x, 0, 1)[..., None]
    ball = np.where(np.hypot(x, y)[..., None] < 1, light * np.array((220, 120, 90)), 255)
    assert not is_flat_art(open_photo(ball.astype(np.uint8)))


def test_make_chooses_levels_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    logo, target = tmp_path / "logo.png", tmp_path / "out.depth.png"
    badge().save(logo)

    def made(*flags: str) -> npt.NDArray[np.float64]:
        assert main(["make", str(logo), str(target), *flags]) == 0
        return np.asarray(Image.open(target), float)

    assert len(np.unique(made())) == 4
    said = capsys.readouterr().out
    assert "logo.png is flat art" in said
    assert "--provider builtin" in said
    assert len(np.unique(made("--provider", "builtin"))) > 100
    assert "flat art" not in capsys.readouterr().out
    assert len(np.unique(made("--levels", "2"))) == 2
    assert len(np.unique(made("--levels", f"{WHITE},{RED},{BLUE}", "-q"))) == 3
    capsys.readouterr()
    assert main(["make", str(logo), str(target), "--levels", "2", "--provider", "luminance"]) == 2
    assert "--levels does not go with --provider luminance" in capsys.readouterr().err


def test_the_studio_chooses_the_source_that_suits_a_picture(tmp_path: Path) -> None:
    badge().save(tmp_path / "logo.png")
    logo = (tmp_path / "logo.png").read_bytes()
    photo = example_photos()["cat"].read_bytes()
    inputs = Inputs().opened("logo", logo)
    assert inputs.source == "layers"
    assert inputs.opened("cat", photo).source == "detailed"
    assert Inputs().opened("logo", logo, "organic").source == "organic"
    assert Inputs(source="lithophane").opened("logo", logo).source == "lithophane"


def test_the_studio_says_that_colours_became_levels() -> None:
    app = ReliefApp(badge())
    assert app.source.source.value == "layers"
    assert "each colour became a level" in app.frame.status
    assert app.controls.widgets["compression"].disabled
    photo = ReliefApp(example_photos()["cat"])
    assert photo.source.source.value == "detailed"
    assert "level" not in photo.frame.status
