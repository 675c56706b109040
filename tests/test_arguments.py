"""Every argument of every public function, given what it is not for."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import relief_widget
from relief_widget import (
    Photo,
    Relief,
    ReliefError,
    ReliefSettings,
    arguments,
    example_photos,
    open_photo,
    presets,
)
from relief_widget.depth import (
    BuiltIn,
    DepthMap,
    Gemini,
    Layers,
    Luminance,
    OnnxModel,
    is_flat_art,
    load_depth_map,
    save_depth_map,
)
from relief_widget.export import check_target, format_of
from relief_widget.export.height_map import depth_proof
from relief_widget.heights import Edits, Stroke
from relief_widget.heights.lithophane import Tones, read_table
from relief_widget.mesh.simplify import Detail
from relief_widget.preflight import check_file, find_machine, preflight
from relief_widget.settings import checked, controls, default
from relief_widget.settings.lengths import millimetres
from relief_widget.settings.materials import material


class Wild:
    """Raises something of its own, whatever it is asked for."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        raise RuntimeError

    def __repr__(self) -> str:
        raise RuntimeError

    def __float__(self) -> float:
        raise RuntimeError

    def __iter__(self) -> Iterator[Any]:
        raise RuntimeError

    def __array__(self, *_: object, **__: object) -> Any:
        raise RuntimeError

    def __fspath__(self) -> str:
        raise RuntimeError


WRONG: dict[str, Any] = {
    "None": None,
    "an empty text": "",
    "a text": "nonsense",
    "a text with a null": "a\0b",
    "half a character": "\ud800",
    "bytes": b"nonsense",
    "no bytes": b"",
    "an empty list": [],
    "two numbers": [1, 2],
    "nested lists": [[[]]],
    "a dict": {},
    "an empty tuple": (),
    "a huge integer": 10**400,
    "one below": -(10**400),
    "one without a text": 10**5000,
    "NaN": math.nan,
    "infinity": math.inf,
    "minus infinity": -math.inf,
    "minus zero": -0.0,
    "zero": 0,
    "less than the least number": 1e-320,
    "nearly infinity": 1e308,
    "a negative number": -3,
    "NumPy's NaN": np.float32("nan"),
    "NumPy's number": np.float64(2.5),
    "NumPy's integer": np.int8(3),
    "NumPy's True": np.bool_(True),
    "True": True,
    "False": False,
    "objects": np.array([{}, None], object),
    "rows of objects": np.array([[{}, None], [1, 2]], object),
    "an array of NaN": np.full((4, 4), np.nan),
    "an array of one number": np.array(3.0),
    "an empty array": np.empty((0, 0)),
    "texts": np.array([["a", "b"], ["c", "d"]]),
    "a giant": np.broadcast_to(np.float32(0), (200_000, 200_000)),
    "a complex number": 1j,
    "a decimal": Decimal("NaN"),
    "a fraction": Fraction(1, 3),
    "a date": np.datetime64("2020-01-01"),
    "an object": object(),
    "a class": int,
    "a wild thing": Wild(),
}


@dataclass(frozen=True)
class Call:
    """A function, and good values of all its arguments."""

    function: Callable[..., Any]
    good: dict[str, Any]
    # Of those that are given as **settings, **options or **limits.
    more: dict[str, Any] = field(default_factory=dict)


@cache
def heights() -> Any:
    return np.mgrid[:24, :32].sum(axis=0) / 60


@cache
def picture() -> Image.Image:
    return Image.fromarray(np.rint(heights() * 255).astype(np.uint8)).convert("RGB")


@cache
def relief() -> Relief:
    return Relief.from_depth_map(heights(), mesh_quality=128)


def settings() -> dict[str, Any]:
    return {name: default(name) for name in controls()}


def limits(*names: str) -> dict[str, Any]:
    values: dict[str, Any] = {
        "nozzle_mm": 0.4,
        "layer_mm": 0.2,
        "least_wall_mm": 0.4,
        "wall_mm": 1.2,
        "steep_deg": 60.0,
        "tools_mm": (3.0,),
        "tool_tolerance_mm": 0.1,
        "passes": 10,
        "thickness_mm": (1.0, 2.0),
        "closed": True,
        "upright": False,
        "materials": ("PLA",),
        "kind": "printer",
    }
    return {name: values[name] for name in names or values}


def calls(folder: Path) -> dict[str, Call]:
    """Return the public functions by name; files go to a folder."""
    made, photo = relief(), open_photo(picture())
    detail = {"max_error_mm": "auto", "max_triangles": None, "max_megabytes": None}
    options: dict[str, Any] = {
        "bed": None,
        "material": None,
        "settings": None,
        "notes": (),
        "filtered": False,
    }
    options |= {"title": "a", "mesh": None}
    part = {"subject": made.part, "target": "fdm", "size_bytes": None}
    lengths = dict.fromkeys(("width_mm", "height_mm", "relief_mm", "base_mm"))
    depth = {"photo": photo, "style": "detailed"}
    stl = made.save(folder / "part.stl")
    seen = {name: default(name) for name, control in controls().items() if control.in_browser}
    return {
        "Relief": Call(
            Relief, {"source": made.source, "settings": made.settings, "edits": made.edits}
        ),
        "Relief.from_photo": Call(
            Relief.from_photo,
            # The network is looked at elsewhere.
            {"photo": picture(), "provider": Luminance(), "style": "detailed", "preset": None}
            | {"mask": None},
            {"mesh_quality": 128},
        ),
        "Relief.from_depth_map": Call(
            Relief.from_depth_map,
            {"depth_map": heights(), "near": "bright", "texture": None, "mask": None}
            | {"style": None, "preset": None},
            {"mesh_quality": 128},
        ),
        "Relief.from_heights": Call(
            Relief.from_heights, {"values": heights(), "texture": None}, {"size_mm": 50}
        ),
        "Relief.lithophane": Call(
            Relief.lithophane,
            {"photo": picture(), "min_mm": 0.8, "max_mm": 3.0, "attenuation_per_mm": 0.9}
            | {"table": None, "transparent": "white"},
            {"size_mm": 50},
        ),
        "Relief.step_wedge": Call(
            Relief.step_wedge, {"min_mm": 0.8, "max_mm": 3.0, "steps": 3}, {"size_mm": 50}
        ),
        "Relief.open": Call(Relief.open, {"source": made.project()}),
        "Relief.picture": Call(made.picture, {"max_side": 64}),
        "Relief.body": Call(made.body, {"suffix": ".stl"} | detail),
        "Relief.pieces": Call(made.pieces, {"max_error_mm": "auto"}),
        "Relief.weigh": Call(made.weigh, {"suffix": ".stl"} | detail),
        "Relief.save": Call(made.save, {"path": folder / "a.stl", "progress": None} | detail),
        "Relief.save_height_map": Call(
            made.save_height_map, {"path": folder / "a.height.png", "polarity": "bright_high"}
        ),
        "Relief.replace": Call(made.replace, {}, settings()),
        "Relief.like": Call(made.like, {"preset": "coin"}, {"size_mm": 40}),
        "Relief.sized": Call(made.sized, lengths),
        "Relief.replace_mask": Call(made.replace_mask, {"mask": None}),
        "Relief.edited": Call(made.edited, {"strokes": ()}),
        "Relief.replace_edits": Call(made.replace_edits, {"curve": None, "strokes": None}),
        "Relief.show": Call(made.show, {}, seen),
        "Relief.to_html": Call(made.to_html, {"path": folder / "a.html"}, {"size_mm": 50}),
        "Relief.to_pythreejs": Call(made.to_pythreejs, {}, {"size_mm": 50}),
        "Relief.preflight": Call(made.preflight, {"target": "fdm"} | detail, options | limits()),
        "Relief.preflight for a mill": Call(
            made.preflight, {"target": "cnc"} | detail, limits("tools_mm", "tool_tolerance_mm")
        ),
        "Relief.preflight for a laser": Call(
            made.preflight, {"target": "laser"} | detail, limits("passes", "steep_deg")
        ),
        "preflight": Call(preflight, part | options, limits("nozzle_mm")),
        "preflight of arrays": Call(
            lambda vertices, faces: preflight((vertices, faces)),
            {"vertices": made.part.vertices, "faces": made.part.faces},
        ),
        "check_file": Call(
            check_file,
            {"path": stl, "target": "fdm", "bed": None, "material": None, "units": None},
            limits("wall_mm"),
        ),
        "find_machine": Call(find_machine, {"bed": "Prusa MK4"}),
        "ReliefSettings": Call(ReliefSettings, settings()),
        "ReliefSettings.replace": Call(ReliefSettings().replace, {}, settings()),
        "presets": Call(presets.__getitem__, {"name": "coin"}),
        "presets.get": Call(presets.get, {"key": "coin"}),
        "Preset.made": Call(
            presets["coin"].made, {"has_subject": True, "aspect": 1.0}, {"size_mm": 40}
        ),
        "open_photo": Call(open_photo, {"source": picture(), "mask": None}),
        "Photo": Call(
            Photo,
            {"pixels": photo.pixels, "mask": None, "name": "a", "orientation": 1, "cut_out": False},
        ),
        "Photo.image": Call(photo.image, {"max_side": 10}),
        "Photo.srgb": Call(photo.srgb, {"max_side": 10}),
        "Photo.luminance": Call(photo.luminance, {"max_side": 10}),
        "Photo.subject_mask": Call(
            photo.with_mask(np.eye(24, 32)).subject_mask, {"shape": (12, 16)}
        ),
        "Photo.with_mask": Call(photo.with_mask, {"mask": None}),
        "Photo.crop": Call(photo.crop, {"left": 1, "top": 1, "right": 9, "bottom": 9}),
        "Photo.named": Call(photo.named, {"name": "b"}),
        "Photo.rotate": Call(photo.rotate, {"quarter_turns": 1}),
        "Photo.straightened": Call(photo.straightened, {"degrees": 2.0}),
        "DepthMap": Call(
            DepthMap,
            {"values": heights(), "mask": None, "style": "detailed", "size": (0, 0)}
            | {"confidence": None, "report": None, "origin": {}, "stepped": False},
        ),
        "DepthMap.save": Call(DepthMap(heights()).save, {"path": folder / "d.png"}),
        "load_depth_map": Call(
            load_depth_map, {"source": heights(), "style": "detailed", "near": "bright"}
        ),
        "save_depth_map": Call(
            save_depth_map, {"depth_map": DepthMap(heights()), "path": folder / "d.png"}
        ),
        "BuiltIn": Call(BuiltIn, {"max_side": 64}),
        # Its style alone: whatever else is good runs the network.
        "BuiltIn()": Call(
            lambda style: BuiltIn(64)(open_photo(np.zeros((8, 8), np.uint8)), style),
            {"style": "detailed"},
        ),
        "Luminance()": Call(Luminance(), depth),
        "Layers": Call(Layers, {"levels": None, "high": "auto"}),
        "Layers()": Call(Layers(), depth),
        "is_flat_art": Call(is_flat_art, {"photo": photo}),
        "OnnxModel": Call(
            OnnxModel,
            dict.fromkeys(("kind", "variant", "file", "revision", "side", "progress"))
            | dict.fromkeys(("download_progress", "endpoint", "providers"))
            | {"model": "owner/name", "detail": "auto", "offline": True},
        ),
        "Gemini": Call(
            Gemini,
            dict.fromkeys(("size", "api_key", "thinking", "timeout_s", "progress", "project"))
            | dict.fromkeys(("location", "base_url", "budget"))
            | {"model": "nano-banana-2", "subject": "", "extra": "", "cache": False}
            | {"fresh": False, "vertexai": False},
        ),
        "Gemini.estimate": Call(Gemini(cache=False).estimate, {"photo": None, "style": "detailed"}),
        "Stroke": Call(
            Stroke,
            {"brush": "raise", "points": [(0.5, 0.5)], "size": 0.1, "strength": 0.5}
            | {"softness": 0.7, "height": 0.5, "symmetry": "none"},
        ),
        "Edits": Call(Edits, {"curve": ((0, 0), (1, 1)), "strokes": ()}),
        "Tones": Call(
            Tones, {"min_mm": 0.8, "max_mm": 3.0, "attenuation_per_mm": 0.9, "table": None}
        ),
        "read_table": Call(read_table, {"path": folder / "none.csv"}),
        "millimetres": Call(millimetres, {"text": "3mm", "unit": "mm"}),
        "material": Call(material, {"name": "ceramic"}),
        "format_of": Call(format_of, {"path": Path("a.stl")}),
        "check_target": Call(check_target, {"path": folder / "a.stl"}),
        "depth_proof": Call(depth_proof, {"values": heights(), "bits": 16}),
        "Detail": Call(Detail, detail),
        "checked": Call(checked, {"name": "size_mm", "value": 3.0}),
        "default": Call(default, {"name": "size_mm"}),
    }


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Call]:
    return calls(tmp_path_factory.mktemp("files"))


def complaint(call: Call, name: str, value: Any) -> str:
    """Return what is wrong with how a value is refused; nothing where it is taken."""
    try:
        call.function(**(call.good | call.more | {name: value}))
    except ReliefError as error:
        said = error.message
        if "\n" in said or len(said) > 300 or not said.endswith((".", "?")):
            return f"no sentence: {said[:80]!r}"
        return ""
    except Exception as error:
        return type(error).__name__
    return ""


def test_whatever_is_given_is_taken_or_refused_in_a_sentence(
    public: dict[str, Call], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    wrong = [
        f"{function}({name}={value}): {said}"
        for function, call in public.items()
        for name in (*call.good, *call.more)
        for value, given in WRONG.items()
        # What a function of the user's raises is the user's.
        if not (callable(given) and name == "progress") and (said := complaint(call, name, given))
    ]
    assert not wrong, "\n".join(wrong)


def test_the_good_values_are_good(public: dict[str, Call]) -> None:
    for name, call in public.items():
        if name != "read_table":
            call.function(**(call.good | call.more))


def test_no_public_argument_is_left_out(public: dict[str, Call]) -> None:
    of_relief = {
        f"Relief.{name}"
        for name, member in inspect.getmembers(Relief)
        if not name.startswith("_")
        and callable(member)
        and len(inspect.signature(member).parameters) > 1 - inspect.ismethod(member)
    }
    assert of_relief <= set(public)
    given = set(relief_widget.__all__) - {"__version__", "Viewer", "ReliefApp", "example_photos"}
    errors = {"ReliefError", "DepthError", "Preset"}
    assert given - errors <= {name.split(".")[0] for name in public}
    for name, call in public.items():
        parameters = inspect.signature(call.function).parameters.values()
        takes = {p.name for p in parameters if p.kind is not p.VAR_KEYWORD} - {"default"}
        assert takes == set(call.good), name


@pytest.mark.parametrize(
    ("act", "named"),
    [
        (lambda: ReliefSettings(size_mm=10**400), "size_mm"),
        (lambda: Relief.from_photo(picture(), provider=Layers), "provider"),  # type: ignore[arg-type]
        (lambda: Relief.from_photo(picture(), provider=lambda photo: photo), "provider"),  # type: ignore[arg-type]
        (lambda: relief().picture(0), "max_side"),
        (lambda: relief().save(3), "path"),  # type: ignore[arg-type]
        (lambda: relief().like(3), "3"),  # type: ignore[arg-type]
        (lambda: relief().show(size_mm="a"), "size_mm"),
        (lambda: relief().preflight(nozzle_mm=math.inf), "nozzle_mm"),
        (lambda: relief().preflight("cnc", tools_mm=(math.nan,)), "tools_mm"),
        (lambda: open_photo(picture()).crop(1, 1, "b", 9), "right"),  # type: ignore[arg-type]
        (lambda: open_photo(picture()).rotate(0.5), "quarter_turns"),  # type: ignore[arg-type]
        (lambda: Gemini(cache="a\0b"), "cache"),
    ],
)
def test_the_sentence_names_what_was_wrong(act: Callable[[], Any], named: str) -> None:
    with pytest.raises(ReliefError, match=named) as caught:
        act()
    assert caught.value.hint


def test_what_is_nearly_nothing_is_nothing() -> None:
    for name, control in controls().items():
        if type(default(name)) is float and control.buildable[0] == 0:
            for nearly in (1e-100, 1e-320, -0.0):
                value = getattr(ReliefSettings().replace(**{name: nearly}), name)
                assert value == 0
                assert math.copysign(1, value) == 1
    assert ReliefSettings(corner_mm=0.5 + 1e-12).corner_mm == 0.5 + 1e-12


def test_numbers_of_other_libraries_are_numbers() -> None:
    made = ReliefSettings(size_mm=np.float32(50), mesh_quality=np.int64(256), invert=np.bool_(True))  # type: ignore[arg-type]
    assert (made.size_mm, made.mesh_quality, made.invert) == (50, 256, True)
    assert type(made.size_mm) is float
    assert ReliefSettings(size_mm=Fraction(75, 2)).size_mm == 37.5  # type: ignore[arg-type]


def test_a_provider_may_be_any_function_of_a_photo_and_a_style() -> None:
    def mine(photo: Photo, style: str = "x", *, more: int = 3) -> Any:
        del photo, style, more
        return heights()

    assert Relief.from_photo(picture(), provider=mine, mesh_quality=128).heights.max() == 1


def test_providers_take_whatever_is_a_picture() -> None:
    path = example_photos()["logo"]
    by_path = Luminance()(path)  # type: ignore[arg-type]
    np.testing.assert_array_equal(by_path.values, Luminance()(open_photo(path)).values)


@pytest.mark.parametrize("value", WRONG.values(), ids=WRONG)
def test_any_value_has_a_short_text(value: Any) -> None:
    text = arguments.shown(value)
    assert 0 < len(text) <= 60
    assert "\n" not in text
