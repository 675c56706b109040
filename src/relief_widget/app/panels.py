"""The panels of the app: what they show, and what people do in them."""

from __future__ import annotations

import base64
import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import ipywidgets as widgets
import numpy as np
import numpy.typing as npt
from PIL import Image

from relief_widget.app.ai_panel import AiPanel
from relief_widget.app.closing import close
from relief_widget.app.doubts import doubts_of, slender
from relief_widget.app.guard import Guard
from relief_widget.app.history import History
from relief_widget.app.inputs import Version, source_labels
from relief_widget.app.pictures import depth_picture
from relief_widget.app.session import Session
from relief_widget.depth.depth_map import DepthMap, Near
from relief_widget.errors import ReliefError
from relief_widget.examples import example_reliefs
from relief_widget.heights.sources import MaskSource
from relief_widget.image.encoding import png
from relief_widget.image.photo import Photo
from relief_widget.settings import ReliefSettings
from relief_widget.settings.lengths import refuse, written
from relief_widget.widgets.mask_editor import MaskEditor
from relief_widget.widgets.number import Number
from relief_widget.widgets.tiles import Tiles
from relief_widget.widgets.upload import Upload

_EDITOR_SIDE, _THUMB_SIDE = 768, 200


class Header:
    """The way in, what is being made, undo and redo.

    Parameters
    ----------
    session
        What all of it acts on.
    tiles
        The choice of what to make.
    """

    def __init__(self, session: Session, tiles: Tiles) -> None:
        self._session = session
        self.upload = Upload(
            examples=_examples(),
            hint="It becomes a part for your 3D printer, CNC router or laser: STL, 3MF and more, "
            "in millimetres. Drop a photo here, paste it, or choose one. Projects open here, too.",
            remember=True,
        )
        # As the browser kept them, the settings are newer than those in a project file.
        self.upload.on_file(
            lambda name, data: session.open(
                data, name, kept=self.upload.settings, steps=self.upload.steps
            )
        )
        self.upload.on_example(session.example)
        self.undo = _sign("↶", "Undo", session.undo)
        self.redo = _sign("↷", "Redo", session.redo)
        self.reset = _button("Reset all", session.reset, "All settings back to their defaults")
        bar = widgets.HBox([self.undo, self.redo, self.reset], _dom_classes=("relief-bar",))
        self.element = widgets.HBox([self.upload, tiles, bar], _dom_classes=("relief-header",))
        session.subscribe(self._show)
        self._show()

    def _show(self) -> None:
        session = self._session
        self.undo.disabled = not session.history.can_undo
        self.redo.disabled = not session.history.can_redo
        self.upload.compact = session.relief is not None


@dataclass(frozen=True)
class Tone:
    """A number that a lithophane is made with."""

    label: str
    help: str
    unit: str
    low: float
    high: float
    step: float


TONES = {
    "min_mm": Tone("Thinnest", "Thickness where the photo is white.", "mm", 0.2, 10, 0.1),
    "max_mm": Tone("Thickest", "Thickness where the photo is black.", "mm", 0.4, 20, 0.1),
    "attenuation_per_mm": Tone(
        "Darkening",
        "How fast the material darkens as it gets thicker: about 0.5 to 1.2 for white filament.",
        "per mm",
        *(0.05, 10, 0.05),
    ),
}


class SourcePanel:
    """What the heights come from."""

    def __init__(self, session: Session, ai: AiPanel) -> None:
        self._session = session
        self._setting = Guard()
        self.ai = ai
        self.source = widgets.Dropdown(options=self._sources(), description="Source")
        self.source.observe(lambda _: self._tell(source=self.source.value), "value")
        self.tones = {
            name: Number(
                partial(self._tone_refused, tone),
                value=getattr(session.inputs, name),
                least=tone.low,
                most=tone.high,
                step=tone.step,
                unit=tone.unit,
                description=tone.label,
            )
            for name, tone in TONES.items()
        }
        for name, tone in self.tones.items():
            tone.observe(partial(self._tone_set, name), "value")
        self._tone_box = widgets.VBox(list(self.tones.values()))
        self.upload = Upload(
            label="Choose a depth map",
            hint="A grey picture, or numbers as TIFF, PFM, NPY or EXR.",
            compact=True,
            max_side=0,
        )
        self.near = widgets.Checkbox(description="Near is dark", indent=False)
        self.near.observe(self._near_set, "value")
        self.transparent = widgets.Dropdown(
            options=[("White, thinnest", "white"), ("Grey", "grey"), ("Black, thickest", "black")],
            description="Transparent",
        )
        self.transparent.observe(lambda _: self._tell(transparent=self.transparent.value), "value")
        self.upload.whole_page = False
        self.upload.on_file(lambda _, data: self._tell(source="depth_map", depth_map=data))
        self.element = widgets.VBox(
            [
                widgets.HTML("<h3>Source</h3>"),
                self.source,
                self._tone_box,
                self.transparent,
                self.upload,
                ai.element,
                self.near,
            ],
            _dom_classes=("relief-group",),
        )
        self._show_parts()
        session.subscribe(self._show, "relief")
        session.subscribe(self._returned, "inputs")

    def _sources(self) -> list[tuple[str, str]]:
        """Return what there is to choose from; what is chosen is among it, as by a project."""
        return [
            (label, name)
            for name, label in source_labels().items()
            if self.ai.offers(name) or name == self._session.inputs.source
        ]

    def _tone_set(self, name: str, change: Any) -> None:
        tone, value = TONES[name], change["new"]
        if tone.low <= value <= tone.high:
            self._tell(**{name: value})
            return
        with self._setting:
            self.tones[name].value = getattr(self._session.inputs, name)
        self._tone_refused(tone, f"{written(value)} {tone.unit}")

    def _near_set(self, change: Any) -> None:
        if self._setting:
            return
        near: Near = "dark" if change["new"] else "bright"
        if self._session.relief is None or self.source.value != self._session.inputs.source:
            self._tell(near=near)
        else:
            self._session.turn_depth(near)

    def _tone_refused(self, tone: Tone, text: str) -> None:
        try:
            refuse(tone.label, text, tone.low, tone.high, tone.unit)
        except ReliefError as error:
            self._session.fail(error)

    def _tell(self, **changes: Any) -> None:
        self._show_parts()
        if not self._setting:
            self._session.use(**changes)

    def _show_parts(self) -> None:
        self._tone_box.layout.display = "" if self.source.value == "lithophane" else "none"
        self.upload.layout.display = "" if self.source.value == "depth_map" else "none"
        inputs = self._session.inputs
        self.ai.show(self.source.value, inputs, inputs.photo)
        original, source = inputs.original, self.source.value
        cut_out = source == "lithophane" and original is not None and original.cut_out
        self.transparent.layout.display = "" if cut_out else "none"
        # What was estimated here is known to be right.
        asked = source == inputs.source and inputs.entry.asks_first
        own = source == "depth_map" or (asked and self._session.relief is not None)
        self.near.layout.display = "" if own else "none"

    def _returned(self) -> None:
        """Show the inputs as they still are, but leave the choices of what can be asked again."""
        session = self._session
        if (
            session.problem is None
            or not session.inputs.replace(source=self.source.value).entry.asks_first
        ):
            self._show()

    def _show(self) -> None:
        inputs = self._session.inputs
        with self._setting:
            if list(self.source.options) != (sources := self._sources()):
                self.source.options = sources
            self.source.value = inputs.source
            self._show_parts()
            for name, widget in self.tones.items():
                widget.value = getattr(inputs, name)
            self.near.value = inputs.near == "dark"
            self.transparent.value = inputs.transparent


class SubjectPanel:
    """The subject mask, shown and repainted."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.editor = MaskEditor()
        self.editor.on_edit(lambda: session.paint(self._mask()))
        self.editor.on_automatic(session.find_subject)
        self.note = widgets.HTML(_NOTE)
        self._shown: Any = None
        self._photo: Photo | None = None
        # What was found in this photo, as the editor has it: going back to it is no painting.
        self._found: bytes | None = None
        # The same at the depth map's size: the editor has it coarser.
        self._fine: npt.NDArray[np.float32] | None = None
        self._painted: MaskSource = None
        self.element = widgets.VBox([self.editor, self.note], _dom_classes=("relief-subject",))
        session.subscribe(self._show, "relief", "inputs")

    def _mask(self) -> MaskSource:
        if self.editor.subject == "off":
            return False
        if self.editor.subject == "none" or self.editor.mask == self._found:
            return None
        self._painted = self._refined(self.editor.mask_array())
        return self._painted

    def _refined(self, painted: npt.NDArray[np.float32] | None) -> npt.NDArray[np.float32] | None:
        """Return what was painted, at the fineness of what was found where nobody painted."""
        found, fine = self._found, self._fine
        if painted is None or fine is None or found is None or len(found) != painted.size:
            return painted
        before = np.frombuffer(found, np.uint8).reshape(painted.shape)
        changed = np.rint(painted * 255) != before
        size = fine.shape[1], fine.shape[0]
        touched, large = (
            np.asarray(Image.fromarray(plane).resize(size, Image.Resampling.BILINEAR))
            for plane in (changed.astype(np.float32), painted)
        )
        return np.where(touched > 0, large, fine)

    def _show(self) -> None:
        """Show the photo, and the mask that was used."""
        relief, mask = self._session.relief, self._session.inputs.mask
        if relief is None:
            return
        depth_map, photo = relief.depth_map, relief.photo
        doubts = doubts_html((*slender(relief), *doubts_of(relief)))
        if photo is None or depth_map is None:
            self.note.value = (
                doubts + "<p>This source needs no subject: all of the picture counts alike.</p>"
            )
            self.editor.layout.display = "none"
            return
        self.note.value = doubts + (_NOTE if depth_map.mask is not None else _EMPTY)
        self.editor.layout.display = ""
        if self._shown is depth_map:
            return
        self._shown = depth_map
        is_same = _same_picture(photo, self._photo)
        self._photo = photo
        if not is_same:
            self._found = self._fine = self._painted = None
        elif mask is not None and mask is self._painted:
            # The editor has it, and what was painted since.
            return
        is_off = photo.mask is False
        with self.editor.hold_sync():
            self.editor.active = not is_off
            # Off, the mask stays, to be gone back to.
            if not (is_off and is_same):
                used = depth_map.mask
                if used is None:
                    used = photo.subject_mask(depth_map.values.shape)
                image = photo.image(_EDITOR_SIDE).convert("RGB")
                self.editor.show(image, used, depth_map.values)
        if mask is None and not is_off:
            self._found, self._fine = self.editor.mask, depth_map.mask


def doubts_html(doubts: Sequence[str]) -> str:
    """Return sentences as a list, or nothing."""
    items = "".join(f"<li>{html.escape(text)}</li>" for text in doubts)
    return f"<ul class='relief-warnings'>{items}</ul>" if items else ""


def _same_picture(one: Photo, other: Photo | None) -> bool:
    """Return whether two photos differ in their masks at most."""
    if other is None or one.pixels.shape != other.pixels.shape:
        return False
    return one.pixels is other.pixels or np.array_equal(one.pixels, other.pixels)


_NOTE = (
    "<p>The <b>subject</b> is raised, and the ground around it laid flat. "
    "Where the mask is wrong, paint it right: nothing else matters as much.</p>"
)


_EMPTY = (
    "<p>What is painted here stands out, and the rest lies flat as its <b>ground</b>. "
    "Without a subject the whole picture is shaped alike.</p>"
)


class DepthMapsPanel:
    """The versions side by side, with the figures of the one in use.

    Parameters
    ----------
    session
        What made them, and goes on with the one that the user wants.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tiles: dict[Version, tuple[widgets.VBox, widgets.Button]] = {}
        self._note = widgets.HTML("<p>Each depth map that is made of this photo is kept here.</p>")
        self._box = widgets.HBox(_dom_classes=("relief-versions",))
        self.report = widgets.HTML()
        self.element = widgets.VBox([self._note, self._box, self.report])
        session.subscribe(self._show, "relief", "inputs")

    @property
    def buttons(self) -> list[widgets.Button]:
        """Those that go on with a version, oldest first."""
        return [button for _, button in self._tiles.values()]

    def _show(self) -> None:
        """Show the versions, and which of them is in use."""
        relief = self._session.relief
        chosen = None if relief is None else relief.depth_map
        tiles = {
            version: self._tiles.get(version) or self._tile(version)
            for version in self._session.versions
        }
        for version, (box, button) in tiles.items():
            button.disabled = used = version.source.depth_map is chosen
            button.description = "In use" if used else "Use"
            (box.add_class if used else box.remove_class)("is-chosen")
        gone = [self._tiles[version] for version in self._tiles.keys() - tiles.keys()]
        self._tiles = tiles
        self._box.children = [box for box, _ in tiles.values()]
        for box, _ in gone:
            close(box)
        self.report.value = "" if chosen is None else report_html(chosen)

    def _tile(self, version: Version) -> tuple[widgets.VBox, widgets.Button]:
        picture = png(depth_picture(version.source.depth_map, _THUMB_SIDE))
        image = widgets.Image(value=picture, format="png")
        caption = widgets.HTML(f"<p>{html.escape(version.label)}</p>")
        button = widgets.Button(description="Use", tooltip=f"Use {version.label}")
        button.on_click(lambda _: self._session.choose(version))
        return widgets.VBox([image, caption, button], _dom_classes=("relief-version",)), button


def report_html(depth_map: DepthMap) -> str:
    """Return the figures of a depth map; its warnings stand with the subject, for every source."""
    report = depth_map.report
    if report is None:
        return ""
    rows = "".join(
        f"<tr><th scope='row'>{html.escape(name)}</th><td>{html.escape(value)}</td></tr>"
        for name, value in report.figures()
    )
    return f"<table class='relief-report'><caption>Quality of the depth map</caption>{rows}</table>"


class _Wish(NamedTuple):
    """A crop that is not applied yet, as the editor has it."""

    crop: tuple[float, float, float, float]
    tilt: float
    proportions: str


class CropPanel:
    """Turning, straightening and cropping the photo.

    Attributes
    ----------
    history
        The crops to go back to before one is applied.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._shown = session.inputs
        self._crop, self._tilt = self._shown.crop, self._shown.tilt
        # Whether the outline is this panel's doing, to be taken back with it.
        self._made_round = False
        self.history: History[_Wish] = History()
        self.editor = MaskEditor(cropping=True)
        self._wish = self._as_applied()
        self.editor.on_crop(self._dragged)
        self.editor.observe(lambda _: self._look(), "proportions")
        self.left = _button("Rotate left", lambda: self._turn(1))
        self.right = _button("Rotate right", lambda: self._turn(-1))
        self.apply = _button("Apply crop", self._apply)
        self.apply.disabled = True
        self.apply.button_style = "primary"
        bar = widgets.HBox([self.left, self.right, self.apply], _dom_classes=("relief-bar",))
        self._note = widgets.HTML(_NO_PHOTO)
        self.element = widgets.VBox([self.editor, widgets.VBox([self._note, bar])])
        session.subscribe(self._show, "relief", "inputs")

    def undo(self) -> None:
        """Go back to the crop before the last drag."""
        self._take(self.history.undo(self._wish))

    def redo(self) -> None:
        """Return to the crop that was undone last."""
        self._take(self.history.redo(self._wish))

    def _take(self, wish: _Wish) -> None:
        self._wish = wish
        with self.editor.hold_sync():
            self.editor.crop, self.editor.tilt, self.editor.proportions = wish
        self._crop, self._tilt = wish.crop, wish.tilt
        self._look()

    def _dragged(self, crop: tuple[float, float, float, float]) -> None:
        wish = _Wish(crop, self.editor.tilt, self.editor.proportions)
        if wish != self._wish:
            self.history.record(self._wish)
        self._wish = wish
        self._crop, self._tilt = crop, self.editor.tilt
        self._look()

    def _look(self) -> None:
        """Offer to apply what differs from what is."""
        inputs = self._session.inputs
        same = (self._crop, self._tilt) == (inputs.crop, inputs.tilt)
        self.apply.disabled = same and self._rounded == self._session.settings

    @property
    def _rounded(self) -> ReliefSettings:
        """The settings with an outline as the crop has it."""
        settings = self._session.settings
        if self.editor.proportions == "round":
            return settings.replace(outline="circle")
        if self._made_round and settings.outline == "circle":
            return settings.replace(outline="rectangle")
        return settings

    def _apply(self) -> None:
        settings = self._rounded
        self._made_round = self.editor.proportions == "round"
        self._session.crop(settings, crop=self._crop, tilt=self._tilt)

    def _turn(self, quarters: int) -> None:
        inputs = self._session.inputs
        left, top, right, bottom = inputs.crop
        # The crop turns with the photo.
        crop = (
            (top, 1 - right, bottom, 1 - left)
            if quarters == 1
            else (1 - bottom, left, 1 - top, right)
        )
        self._session.crop(turns=inputs.turns + quarters, crop=crop)

    def _show(self) -> None:
        """Show the whole photo, and what is kept of it."""
        inputs, shown = self._session.inputs, self._shown
        same = (inputs.original, inputs.turns) == (shown.original, shown.turns)
        photo = inputs.turned()
        self._note.value = "" if photo is not None else _NO_PHOTO
        for widget in (self.editor, self.left, self.right, self.apply):
            widget.layout.display = "" if photo is not None else "none"
        if photo is not None and not (same and self._crop == inputs.crop):
            self.editor.show(photo.image(_EDITOR_SIDE).convert("RGB"), None)
        self._shown, self._crop, self._tilt = inputs, inputs.crop, inputs.tilt
        with self.editor.hold_sync():
            self.editor.crop, self.editor.tilt = inputs.crop, inputs.tilt
            if not same:
                self.editor.proportions = "free"
        self._wish, self.history = self._as_applied(), History()
        self._look()

    def _as_applied(self) -> _Wish:
        return _Wish(self._crop, self._tilt, self.editor.proportions)


_NO_PHOTO = "<p>There is no photo to crop: only its heights are here.</p>"


class PicturesPanel:
    """Photo, depth map and relief side by side."""

    def __init__(self) -> None:
        self._images = {name: widgets.Image(format="png") for name in _CAPTIONS}
        self._boxes = {
            name: widgets.VBox([image, widgets.HTML(f"<p>{_CAPTIONS[name]}</p>")])
            for name, image in self._images.items()
        }
        self.element = widgets.HBox(list(self._boxes.values()), _dom_classes=("relief-pictures",))

    def show(self, pictures: dict[str, bytes]) -> None:
        """Show those pictures that there are."""
        for name, image in self._images.items():
            self._boxes[name].layout.display = "" if name in pictures else "none"
            if name in pictures:
                image.value = pictures[name]


_CAPTIONS = {"photo": "Photo", "depth_map": "Depth map", "relief": "Relief"}


def _examples() -> list[dict[str, str]]:
    return [
        {
            "name": name,
            "label": name.capitalize(),
            "picture": f"data:image/webp;base64,{base64.b64encode(data).decode()}",
        }
        for name, data in example_reliefs().items()
    ]


def _button(text: str, run: Callable[[], None], tooltip: str = "") -> widgets.Button:
    button = widgets.Button(description=text, tooltip=tooltip or None)
    button.on_click(lambda _: run())
    return button


def _sign(sign: str, name: str, run: Callable[[], None]) -> widgets.Button:
    button = _button(sign, run, name)
    button.add_class("relief-sign")
    return button
