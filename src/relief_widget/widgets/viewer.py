"""The live 3-D view of a relief, as a widget: traits only, the browser does the rest."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import traitlets

from relief_widget.errors import ReliefError
from relief_widget.heights.edits import IDENTITY, Curve
from relief_widget.settings import Control, checked, controls, default
from relief_widget.settings.materials import Material, materials
from relief_widget.widgets.base import Widget
from relief_widget.widgets.messages import DownloadReceives, DownloadSends

# The settings that the browser acts on. Choices go over the wire as their place in the list, which
# is what ipywidgets can link.
SETTINGS = {name: control for name, control in controls().items() if control.in_browser}
CHOICES = tuple(name for name, control in SETTINGS.items() if control.choices)
# Without an acknowledgement for this long nobody is looking, or the page was closed.
_PATIENCE = 3.0


class SettingError(ReliefError, traitlets.TraitError):
    """A view was given a value that is out of its range.

    As a `traitlets.TraitError` it lets ipywidgets take back what the browser sent.
    """


@dataclass(frozen=True, kw_only=True)
class WireControl(Control):
    """What a control is, with its name and its default."""

    name: str
    default: Any


def choice_label(name: str, choice: Any) -> str:
    """Return the text of a choice, such as "Metallic Bronze"."""
    return controls()[name].labels[_place(name, choice)]


def _index(name: str) -> traitlets.Int[int, int]:
    return traitlets.Int(controls()[name].choices.index(default(name))).tag(sync=True)


class Viewer(Widget, bundle="viewer", sends=DownloadSends, receives=DownloadReceives):
    """A relief in the notebook: turns, follows its settings at once, and saves STL files.

    Body and display settings are traits by their names in `ReliefSettings`; the browser applies
    them by itself, also while the kernel is busy. Heights come by `show_heights`. Made by
    ``Relief.show``.

    Attributes
    ----------
    heights, shape
        uint16, little-endian, row by row, and how many rows and columns there are.
    aspect
        Width of the part divided by its height.
    frame, shown
        Counts the height fields that were sent, and the last of them that was drawn.
    painted
        The number of the last stroke by hand that is in the heights, or was undone since.
    curve
        The depth curve that is in the heights; see `Edits`.
    coarse
        Whether the heights are a quick preview of finer ones to come.
    texture
        The photo, as JPEG; empty for none.
    exports
        Suffixes of the files that Python can make.
    main
        Suffix of the file that the first download button is for; STL where Python cannot make it.
    also
        Suffixes of files that have a button beside it.
    controls, materials
        What the settings and the materials are, in the order of the places of choices.
    mode_index, mirror_index, material_index
        The places of the choices.
    mode, size_mm, depth_intensity, base_thickness, depth_cutoff, invert, mirror, thickness_mm
        The body settings.
    material, show_texture
        The display settings.
    attenuation_per_mm
        How the stock of a lithophane darkens; 0 for a relief.
    light_azimuth, light_altitude
        Direction of the lamp in degrees: clockwise from the top of the photo, and above it.
    compare
        Share of the width, from the left, that shows the photo itself.
    inspect
        Whether the histogram and the cross-section are shown.
    panel
        Whether the view brings controls of its own.
    object
        A finished object that stands for the grid, as `object_bytes` writes it; empty for none.
    bent
        Whether the object is bent.
    marks, marks_shape
        Places that a check found: a byte each, row by row, seen as the photo is; empty for none.
    weight
        What the STL file of Python will weigh, for people; empty while it is not known.
    name
        Name of the photo: for the view's label and the names of saved files.

    Raises
    ------
    ReliefError
        A setting is assigned a value that is out of its range.
    """

    heights = traitlets.Bytes(b"").tag(sync=True, echo_update=False)
    shape = traitlets.Tuple(traitlets.Int(), traitlets.Int(), default_value=(0, 0)).tag(
        sync=True, holds=tuple[int, int]
    )
    aspect = traitlets.Float(1.0).tag(sync=True)
    frame = traitlets.Int(0).tag(sync=True)
    shown = traitlets.Int(0).tag(sync=True)
    painted = traitlets.Int(0).tag(sync=True)
    curve: traitlets.List[Any] = traitlets.List([list(point) for point in IDENTITY]).tag(
        sync=True, holds=tuple[float, float]
    )
    coarse = traitlets.Bool(False).tag(sync=True)
    object = traitlets.Bytes(b"").tag(sync=True, echo_update=False)
    bent = traitlets.Bool(False).tag(sync=True)
    marks = traitlets.Bytes(b"").tag(sync=True, echo_update=False)
    marks_shape = traitlets.Tuple(traitlets.Int(), traitlets.Int(), default_value=(0, 0)).tag(
        sync=True, holds=tuple[int, int]
    )
    name = traitlets.Unicode("").tag(sync=True)
    texture = traitlets.Bytes(b"").tag(sync=True, echo_update=False)

    mode = traitlets.Any(default("mode"))
    mirror = traitlets.Any(default("mirror"))
    material = traitlets.Any(default("material"))
    mode_index = _index("mode")
    mirror_index = _index("mirror")
    material_index = _index("material")
    size_mm = traitlets.Float(default("size_mm")).tag(sync=True)
    depth_intensity = traitlets.Float(default("depth_intensity")).tag(sync=True)
    base_thickness = traitlets.Float(default("base_thickness")).tag(sync=True)
    depth_cutoff = traitlets.Float(default("depth_cutoff")).tag(sync=True)
    invert = traitlets.Bool(default("invert")).tag(sync=True)
    show_texture = traitlets.Bool(default("show_texture")).tag(sync=True)
    thickness_mm: Any = traitlets.Tuple(
        traitlets.Float(), traitlets.Float(), default_value=None, allow_none=True
    ).tag(sync=True, holds=tuple[float, float])
    attenuation_per_mm = traitlets.Float(0.0, min=0.0).tag(sync=True)

    light_azimuth = traitlets.Float(315.0).tag(sync=True)
    light_altitude = traitlets.Float(32.0, min=1.0, max=90.0).tag(sync=True)
    compare = traitlets.Float(0.0, min=0.0, max=1.0).tag(sync=True)
    inspect = traitlets.Bool(False).tag(sync=True)
    panel = traitlets.Bool(True).tag(sync=True)

    weight = traitlets.Unicode("").tag(sync=True)
    exports = traitlets.List(traitlets.Unicode()).tag(sync=True, holds=str)
    main = traitlets.Unicode(".stl").tag(sync=True)
    also = traitlets.List(traitlets.Unicode()).tag(sync=True, holds=str)
    controls: traitlets.List[Any] = traitlets.List(read_only=True).tag(sync=True, holds=WireControl)
    materials: traitlets.List[Any] = traitlets.List(read_only=True).tag(sync=True, holds=Material)

    def __init__(self, **traits: Any) -> None:
        self._pending: tuple[bytes, tuple[int, int], float, bool, int, Curve] | None = None
        self._sent_at = 0.0
        self._fallback: Callable[[], bytes] | None = None
        super().__init__(**traits)

    @traitlets.default("controls")
    def _default_controls(self) -> list[dict[str, Any]]:
        return [
            vars(control) | {"name": name, "labels": list(control.labels), "default": default(name)}
            for name, control in SETTINGS.items()
        ]

    @traitlets.default("materials")
    def _default_materials(self) -> list[dict[str, Any]]:
        return [item.as_dict() for item in materials.values()]

    @traitlets.validate(*SETTINGS)
    def _check(self, proposal: Any) -> Any:
        try:
            return checked(proposal["trait"].name, proposal["value"])
        except ReliefError as error:
            raise SettingError(error.message, error.hint) from None

    @traitlets.validate(*(f"{name}_index" for name in CHOICES))
    def _check_index(self, proposal: Any) -> Any:
        name = proposal["trait"].name.removesuffix("_index")
        count = len(controls()[name].choices)
        if not 0 <= proposal["value"] < count:
            raise SettingError(f"{name} has no choice {proposal['value']}.", f"It has {count}.")
        return proposal["value"]

    @traitlets.observe(*CHOICES)
    def _choice_changed(self, change: Any) -> None:
        self.set_trait(f"{change['name']}_index", _place(change["name"], change["new"]))

    @traitlets.observe(*(f"{name}_index" for name in CHOICES))
    def _index_changed(self, change: Any) -> None:
        name = change["name"].removesuffix("_index")
        self.set_trait(name, controls()[name].choices[change["new"]])

    @traitlets.observe("shown")
    def _acknowledged(self, change: Any) -> None:
        if change["new"] >= self.frame and self._pending is not None:
            self._put(*self._pending)

    def show_heights(
        self,
        heights: bytes,
        shape: tuple[int, int],
        aspect: float,
        *,
        coarse: bool = False,
        painted: int = 0,
        curve: Curve = IDENTITY,
    ) -> None:
        """Show a height field: at once, or when the one before is drawn; the newest wins.

        Parameters
        ----------
        heights
            uint16, little-endian, row by row, 65535 for a height of 1.
        shape
            Rows and columns.
        aspect
            Width of the part divided by its height.
        coarse
            Whether it is a quick preview: exports wait for the next.
        painted
            The number of the last stroke by hand that was taken before they were made.
        curve
            The depth curve that they were made with.
        """
        # Before the first acknowledgement there may be no browser at all.
        behind = 0 < self.shown < self.frame
        if behind and time.monotonic() - self._sent_at < _PATIENCE:
            self._pending = heights, shape, aspect, coarse, painted, curve
        else:
            self._put(heights, shape, aspect, coarse, painted, curve)

    def _put(
        self,
        heights: bytes,
        shape: tuple[int, int],
        aspect: float,
        coarse: bool,
        painted: int,
        curve: Curve,
    ) -> None:
        self._pending = None
        self._sent_at = time.monotonic()
        with self.hold_sync():
            self.heights, self.shape, self.aspect, self.coarse = heights, shape, aspect, coarse
            self.painted, self.curve = painted, [list(point) for point in curve]
            self.frame += 1

    def values(self) -> dict[str, Any]:
        """Return the body and display settings by name."""
        return {name: getattr(self, name) for name in SETTINGS}

    def set_values(self, values: Mapping[str, Any]) -> None:
        """Set those of `values` that are body or display settings."""
        with self.hold_sync():
            for name in SETTINGS:
                if name in values:
                    self.set_trait(name, values[name])

    def adopt(self, name: str, value: Any) -> None:
        """Take a value that the browser's view has already, and do not send it back.

        Sent back, it would undo what the hand on a slider has done meanwhile.
        """
        index = {f"{name}_index": _place(name, value)} if name in CHOICES else {}
        with self._lock_property(**{name: value, **index}):
            self.set_trait(name, value)

    def __repr__(self) -> str:
        """Return what the view shows: an address would differ every time a notebook is run."""
        name = f"{self.name!r}, " if self.name else ""
        rows, cols = self.shape
        return f"Viewer({name}{self.mode}, {cols} × {rows} vertices)"

    def _repr_mimebundle_(self, **options: Any) -> Any:
        """Show the widget, and where no widget can run its picture."""
        bundle = super()._repr_mimebundle_(**options)
        if bundle is None or self._fallback is None:
            return bundle
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle, {})
        return {**data, "image/png": self._fallback()}, metadata


def _place(name: str, choice: Any) -> int:
    # True == 1, but here it is no number.
    return next(
        i
        for i, item in enumerate(controls()[name].choices)
        if type(item) is type(choice) and item == choice
    )
