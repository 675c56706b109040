"""One table of providers: what the command line, the studio and project files make of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from relief_widget import Photo, Relief, ReliefApp
from relief_widget.app.inputs import source_labels
from relief_widget.cli import main
from relief_widget.depth import STYLES, BuiltIn, DepthMap, Gemini, Layers, Luminance, OnnxModel
from relief_widget.depth.registry import (
    NO_PROVIDER,
    PROVIDERS,
    Option,
    ProviderEntry,
    entry_of,
    options_by_flag,
    register,
    unregister,
)
from relief_widget.examples import example_photos

CLASSES = {
    "builtin": BuiltIn,
    "layers": Layers,
    "luminance": Luminance,
    "gemini": Gemini,
    "onnx": OnnxModel,
}


class Slope:
    """A provider of somebody else: it rises to the right, or to the left."""

    def __init__(self, to: str = "right") -> None:
        self.to = to

    def __call__(self, photo: Photo, style: str) -> np.ndarray:
        """Return the slope."""
        del style
        width, height = photo.size
        slope = np.tile(np.linspace(0, 1, width, dtype=np.float32), (height, 1))
        return slope if self.to == "right" else slope[:, ::-1]


@pytest.fixture
def slope() -> Iterator[ProviderEntry]:
    to = Option("to", "where it is high", label="High", choices=("left", "right"))
    entry = ProviderEntry(
        name="slope", label="Slope", help="rises", makes=Slope, options=(to,), asks_first=True
    )
    register(entry)
    yield entry
    unregister("slope")
    assert "slope" not in PROVIDERS


def make_help(capsys: pytest.CaptureFixture[str]) -> str:
    """Return what ``make --help`` says, in one line."""
    with pytest.raises(SystemExit):
        main(["make", "--help"])
    return " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("name", list(CLASSES))
def test_every_entry_makes_its_provider_and_knows_it_again(name: str) -> None:
    entry = PROVIDERS[name]
    made = entry.make()
    assert type(made) is CLASSES[name]
    assert entry_of(made) is entry
    assert entry_of(lambda _photo, _style: None) is NO_PROVIDER
    assert entry_of(None) is NO_PROVIDER


def test_a_class_of_the_same_name_is_another_provider() -> None:
    assert entry_of(type("BuiltIn", (), {})()) is NO_PROVIDER
    assert entry_of(None, "BuiltIn") is NO_PROVIDER
    assert entry_of(None, "gemini") is entry_of(None, "Gemini") is PROVIDERS["gemini"]


def test_command_line_and_studio_have_the_same_providers_and_options(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert list(PROVIDERS) == list(CLASSES)
    text = make_help(capsys)
    assert f"--provider {{{','.join(PROVIDERS)}}}" in text
    app = ReliefApp()
    menu = [name for _, name in app.source.source.options]
    assert menu == [*STYLES, *list(PROVIDERS)[1:], "lithophane", "depth_map"]
    for entry in PROVIDERS.values():
        assert f"{entry.name}: {entry.help}" in text
        for option in entry.options:
            assert f"--{option.name}" in text
            assert f"{entry.name}: {option.help}" in text
            asked = entry.asks_first and bool(option.label)
            assert ((entry.name, option.name) in app.ai.fields) == asked
    assert len(options_by_flag()["model"]) == 2


def test_an_entry_is_all_that_a_new_provider_needs(
    slope: ProviderEntry, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = example_photos()["cat"]
    out = f"{tmp_path}/cat.relief"
    assert main(["make", str(photo), out, "--provider", "slope", "--to", "left", "-q"]) == 0
    depth_map = Relief.open(out).depth_map
    assert isinstance(depth_map, DepthMap)
    assert depth_map.values[0, 0] > depth_map.values[0, -1]
    assert main(["make", str(photo), out, "--to", "left"]) == 2
    assert "--to does not go with --provider builtin" in capsys.readouterr().err
    assert source_labels()["slope"] == slope.label

    app = ReliefApp(photo)
    app.source.source.value = "slope"
    app.ai.fields["slope", "to"].value = "left"
    app.ai.button.click()
    assert app.frame.error == ""
    assert app.relief is not None
    assert app.relief.depth_map is not None
    assert app.relief.depth_map.values[0, 0] > app.relief.depth_map.values[0, -1]
    app.session.open(app.relief.project(), "cat.relief")
    assert app.source.source.value == "slope"


def test_a_function_is_a_provider_too() -> None:
    def flat(photo: Photo, style: str) -> np.ndarray:
        del style
        return np.full(photo.size[::-1], 0.5, np.float32)

    register(ProviderEntry(name="flat", label="Flat", help="one height", makes=flat))
    try:
        assert entry_of(PROVIDERS["flat"].make()) is PROVIDERS["flat"]
        app = ReliefApp(example_photos()["cat"])
        app.source.source.value = "flat"
        assert app.relief is not None
        assert app.relief.provider is flat
    finally:
        unregister("flat")
    assert "flat" not in source_labels()


def test_what_would_be_ambiguous_is_refused() -> None:
    with pytest.raises(ValueError, match="already"):
        register(PROVIDERS["layers"])
    side = Option("side", "of the page", choices=("front", "back"))
    entry = ProviderEntry(name="page", label="Page", help="a page", makes=Slope, options=(side,))
    with pytest.raises(ValueError, match="'side' is there already"):
        register(entry)
    assert "page" not in PROVIDERS
