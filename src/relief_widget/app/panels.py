"""The panels of the app: what they show, and what people do in them."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import ipywidgets as widgets
import numpy as np
import numpy.typing as npt
from PIL import Image

from relief_widget.app.ai_panel import AiPanel
from relief_widget.app.doubts import doubts_html
from relief_widget.app.session import Project, source_labels
from relief_widget.examples import example_reliefs
from relief_widget.heights.sources import MaskSource
from relief_widget.image.photo import Photo
from relief_widget.relief import Relief
from relief_widget.settings.presets import presets
from relief_widget.widgets.mask_editor import MaskEditor
from relief_widget.widgets.upload import Upload

_EDITOR_SIDE = 768


class Header:
    """The way in, presets, undo and redo."""

    def __init__(
        self,
        opened: Callable[[str, bytes], None],
        example: Callable[[str], None],
        preset: Callable[[str], None],
        undo: Callable[[], None],
        redo: Callable[[], None],
    ) -> None:
        self.upload = Upload(
            examples=_examples(),
            hint="Drop a photo here, paste it, or choose one. Projects open here, too.",
            remember=True,
        )
        self.upload.on_file(opened)
        self.upload.on_example(example)
        options = [("Choose…", ""), *((item.label, name) for name, item in presets.items())]
        self.preset = widgets.Dropdown(options=options, value="", description="Preset")
        self._choose = preset
        self.preset.observe(self._preset_chosen, "value")
        self.undo = _sign("↶", "Undo", lambda: undo())
        self.redo = _sign("↷", "Redo", lambda: redo())
        self.reset = widgets.Button(
            description="Reset all", tooltip="All settings back to their defaults"
        )
        bar = widgets.HBox(
            [self.preset, self.undo, self.redo, self.reset], _dom_classes=("relief-bar",)
        )
        self.element = widgets.HBox([self.upload, bar], _dom_classes=("relief-header",))

    def _preset_chosen(self, change: Any) -> None:
        if change["new"]:
            self._choose(change["new"])

    def forget_preset(self) -> None:
        """Name no preset any more: its settings were changed, and it can be chosen again."""
        self.preset.value = ""

    def enable(self, *, undo: bool, redo: bool) -> None:
        """Enable undo and redo where there is something to undo or redo."""
        self.undo.disabled, self.redo.disabled = not undo, not redo


@dataclass(frozen=True)
class Tone:
    """A number that a lithophane is made with."""

    label: str
    help: str
    unit: str
    value: float
    low: float
    high: float
    step: float


TONES = {
    "min_mm": Tone("Thinnest", "Thickness where the photo is white.", "mm", 0.8, 0.2, 10, 0.1),
    "max_mm": Tone("Thickest", "Thickness where the photo is black.", "mm", 3.0, 0.4, 20, 0.1),
    "attenuation_per_mm": Tone(
        "Attenuation",
        "How fast the material darkens, µ of exp(-µ t); white filament is about 0.5 to 1.2.",
        "per mm",
        *(0.9, 0.05, 10, 0.05),
    ),
}


class SourcePanel:
    """What the heights come from."""

    def __init__(self, changed: Callable[[dict[str, Any]], None], ai: AiPanel) -> None:
        self._changed = changed
        self._setting = False
        self._project = Project()
        self.ai = ai
        self.source = widgets.Dropdown(
            options=[(label, name) for name, label in source_labels().items()],
            description="Source",
        )
        self.source.observe(lambda _: self._tell(source=self.source.value), "value")
        self.tones = {
            name: widgets.BoundedFloatText(
                value=tone.value,
                min=tone.low,
                max=tone.high,
                step=tone.step,
                description=tone.label,
            )
            for name, tone in TONES.items()
        }
        for name in self.tones:
            self.tones[name].observe(self._tone_observer(name), "value")
        self._tone_box = widgets.VBox(list(self.tones.values()))
        self.upload = Upload(
            label="Choose a depth map", hint="Near is bright.", compact=True, max_side=0
        )
        self.upload.whole_page = False
        self.upload.on_file(lambda _, data: self._tell(source="depth_map", depth_map=data))
        self.element = widgets.VBox(
            [
                widgets.HTML("<h3>Source</h3>"),
                self.source,
                self._tone_box,
                self.upload,
                ai.element,
            ],
            _dom_classes=("relief-group",),
        )
        self._show_parts()

    def _tone_observer(self, name: str) -> Callable[[Any], None]:
        return lambda change: self._tell(**{name: change["new"]})

    def _tell(self, **changes: Any) -> None:
        self._show_parts()
        if not self._setting:
            self._changed(changes)

    def _show_parts(self) -> None:
        self._tone_box.layout.display = "" if self.source.value == "lithophane" else "none"
        self.upload.layout.display = "" if self.source.value == "depth_map" else "none"
        self.ai.show(self.source.value, self._project, self._project.photo())

    def show(self, project: Project) -> None:
        """Show what a project uses."""
        self._setting = True
        self._project = project
        try:
            self.source.value = project.source
            self._show_parts()
            for name, widget in self.tones.items():
                widget.value = getattr(project, name)
        finally:
            self._setting = False


class SubjectPanel:
    """The subject mask, shown and repainted."""

    def __init__(self, changed: Callable[[Any], None], automatic: Callable[[], None]) -> None:
        self.editor = MaskEditor()
        self.editor.on_edit(lambda: changed(self._mask()))
        self.editor.on_automatic(lambda: automatic())
        self._note = widgets.HTML(_NOTE)
        self._shown: Any = None
        self._photo: Photo | None = None
        # What was found in this photo, as the editor has it: going back to it is no painting.
        self._found: bytes | None = None
        # The same at the depth map's size: the editor has it coarser.
        self._fine: npt.NDArray[np.float32] | None = None
        self._painted: MaskSource = None
        self.element = widgets.VBox([self._note, self.editor], _dom_classes=("relief-subject",))

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

    def show(self, relief: Relief, mask: MaskSource = None, doubts: Sequence[str] = ()) -> None:
        """Show the photo of a relief, and the mask that was used.

        Parameters
        ----------
        relief
            A relief.
        mask
            What its project says of the subject; see `Project.mask`.
        doubts
            What is doubtful about its depth map, in sentences.
        """
        depth_map, photo = relief.depth_map, relief.photo
        if photo is None or depth_map is None:
            self._note.value = doubts_html(doubts) + "<p>This source uses no subject mask.</p>"
            self.editor.layout.display = "none"
            return
        self._note.value = doubts_html(doubts) + (_NOTE if depth_map.mask is not None else _EMPTY)
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
                self.editor.show(photo.image(_EDITOR_SIDE).convert("RGB"), used)
        if mask is None and not is_off:
            self._found, self._fine = self.editor.mask, depth_map.mask


def _same_picture(one: Photo, other: Photo | None) -> bool:
    """Return whether two photos differ in their masks at most."""
    if other is None or one.pixels.shape != other.pixels.shape:
        return False
    return one.pixels is other.pixels or np.array_equal(one.pixels, other.pixels)


_NOTE = (
    "<p>The estimator raises the <b>subject</b> and lays the ground flat. "
    "Where the mask is wrong, paint it right: nothing else matters as much.</p>"
)


_EMPTY = (
    "<p>What is painted here stands out, and the rest lies flat as its <b>ground</b>. "
    "Without a subject the whole picture is shaped alike.</p>"
)


class CropPanel:
    """Turning and cropping the photo."""

    def __init__(self, changed: Callable[[dict[str, Any]], None]) -> None:
        self._changed = changed
        self._project = Project()
        self._crop = self._project.crop
        self.editor = MaskEditor(cropping=True)
        self.editor.on_crop(self._dragged)
        self.left = _button("Rotate left", lambda: self._turn(1))
        self.right = _button("Rotate right", lambda: self._turn(-1))
        self.apply = _button("Apply crop", lambda: changed({"crop": self._crop}))
        self.apply.disabled = True
        bar = widgets.HBox([self.left, self.right, self.apply], _dom_classes=("relief-bar",))
        self.element = widgets.VBox([bar, self.editor])

    def _dragged(self, crop: tuple[float, float, float, float]) -> None:
        self._crop = crop
        self.apply.disabled = crop == self._project.crop

    def _turn(self, quarters: int) -> None:
        left, top, right, bottom = self._project.crop
        # The crop turns with the photo.
        crop = (
            (top, 1 - right, bottom, 1 - left)
            if quarters == 1
            else (1 - bottom, left, 1 - top, right)
        )
        self._changed({"turns": self._project.turns + quarters, "crop": crop})

    def show(self, project: Project) -> None:
        """Show the whole photo of a project, and what is kept of it."""
        same = (project.original, project.turns) == (self._project.original, self._project.turns)
        photo = project.turned()
        self.element.layout.display = "" if photo is not None else "none"
        if photo is not None and not (same and self._crop == project.crop):
            self.editor.show(photo.image(_EDITOR_SIDE).convert("RGB"), None)
        self._project, self._crop = project, project.crop
        self.editor.crop = project.crop
        self.apply.disabled = True


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


def _button(text: str, run: Callable[[], None]) -> widgets.Button:
    button = widgets.Button(description=text)
    button.on_click(lambda _: run())
    return button


def _sign(sign: str, name: str, run: Callable[[], None]) -> widgets.Button:
    button = widgets.Button(description=sign, tooltip=name, _dom_classes=("relief-sign",))
    button.on_click(lambda _: run())
    return button
