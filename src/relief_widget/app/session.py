"""The one state of the studio: a photo, how it becomes a relief, and the relief itself."""

from __future__ import annotations

import dataclasses
import io
import logging
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt
from PIL import Image

from relief_widget.app.doubts import brief, doubts_of
from relief_widget.app.history import History
from relief_widget.depth.builtin import BuiltIn
from relief_widget.depth.depth_map import DepthMap, DepthProvider, Style
from relief_widget.depth.gemini import StoppedError
from relief_widget.depth.layers import Layers, is_flat_art
from relief_widget.depth.luminance import Luminance
from relief_widget.errors import ReliefError
from relief_widget.examples import LOOKS, example_photos
from relief_widget.heights import HeightField
from relief_widget.heights.sources import Brightness, Depth, MaskSource
from relief_widget.image.encoding import png
from relief_widget.image.photo import Photo, PhotoSource, open_photo
from relief_widget.project import with_settings
from relief_widget.relief import Relief
from relief_widget.settings import ReliefSettings, Stage, controls
from relief_widget.settings.presets import Preset, presets
from relief_widget.widgets.background import Newest, on_loop

SourceName: TypeAlias = Literal[
    "detailed", "organic", "gemini", "onnx", "layers", "luminance", "lithophane", "depth_map"
]

SOURCE_LABELS: dict[SourceName, str] = {
    "detailed": "Shape estimate, detailed",
    "organic": "Shape estimate, organic",
    "gemini": "AI depth: Gemini",
    "onnx": "AI depth: local model",
    "layers": "Logo or drawing, in levels",
    "luminance": "Brightness as height",
    "lithophane": "Lithophane",
    "depth_map": "Own depth map",
}
# Sources that are slow or cost money: they begin when they are told to, not when they are chosen.
ASKED: tuple[SourceName, ...] = ("gemini", "onnx")
# What a change reaches, the farthest first: other heights; settings by the kind of their controls;
# what was asked for came to nothing, so that the inputs still are what they were; what is said.
Kind: TypeAlias = Literal["relief", "height", "object", "body", "display", "inputs", "message"]
Act: TypeAlias = Literal["photo", "source", "mask", "search", "crop", "preset"]

_LOG = logging.getLogger(__name__)
_PROJECTS = (".relief", ".3mf")
_DRAWING = "It is a drawing, so each colour became a level; Source has the other ways"
_MOST_VERSIONS = 12
_PICTURE_SIDE = 480
# Two edges of a crop are the same within this share of the picture.
_ROUNDING = 2e-3


@dataclass(frozen=True, eq=False)
class Inputs:
    """A photo and what is to be done with it: a frozen value, of which a relief is made.

    Attributes
    ----------
    original
        The photo as it was opened; None where there is only a depth map.
    turns
        Quarter turns anticlockwise.
    crop
        Left, top, right and bottom of what is kept, as shares of the turned photo.
    source
        What the heights come from.
    mask
        The subject: None finds it, False says that there is none, an array is used as it is.
    depth_map
        Bytes of the user's own depth map.
    min_mm, max_mm, attenuation_per_mm
        Of a lithophane.
    style, model, size, subject, words
        Of a hosted model, `style` also of a local one; see `Gemini`.
    local_model, local_kind, local_variant, local_side
        File or hub name of a local model, empty for the default; its kind where the file does not
        tell; see `OnnxModel`.
    """

    original: Photo | None = None
    turns: int = 0
    crop: tuple[float, float, float, float] = (0.0, 0.0, 1.0, 1.0)
    source: SourceName = "detailed"
    mask: MaskSource = None
    depth_map: bytes | None = None
    min_mm: float = 0.8
    max_mm: float = 3.0
    attenuation_per_mm: float = 0.9
    style: Style = "detailed"
    model: str = "nano-banana-2"
    size: str | None = "2K"
    subject: str = ""
    words: str = ""
    local_model: str = ""
    local_kind: str | None = None
    local_variant: str | None = None
    local_side: int | None = None

    def replace(self, **changes: Any) -> Inputs:
        """Return a copy with `changes`."""
        return dataclasses.replace(self, **changes)

    def opened(self, name: str, photo: PhotoSource, source: SourceName | None = None) -> Inputs:
        """Return the inputs for another photo: the same tones, and the same source if it can be.

        Unless a source is asked for, flat art comes in levels where a photo's shape would be
        estimated, and a photo is not left in the levels of the drawing before it.

        Parameters
        ----------
        name
            The photo's; empty leaves it its own.
        photo
            Path, bytes, PIL image, array or `Photo`.
        source
            What the heights are to come from.

        Raises
        ------
        ReliefError
            It is no photo.
        """
        try:
            opened = open_photo(photo)
        except ReliefError as error:
            # Bytes have no name of their own.
            message = error.message.replace("The data", name or "The data", 1)
            raise ReliefError(message, error.hint) from None
        if source is None:
            # A new photo is never sent anywhere by itself.
            source = "detailed" if self.source in ("depth_map", "layers", *ASKED) else self.source
            source = suited(opened, source)
        named = opened.named(name) if name else opened
        # That a photo has no subject can be taken back here; its cut-out stays its own.
        off = opened.mask is False
        return self.replace(
            original=named.with_mask(None) if off else named,
            turns=0,
            crop=(0.0, 0.0, 1.0, 1.0),
            source=source,
            mask=False if off else None,
            depth_map=None,
        )

    @property
    def label(self) -> str:
        """The source, for people."""
        return SOURCE_LABELS[self.source]

    @property
    def asks_first(self) -> bool:
        """Whether the source begins when it is told to, since it is slow or costs money."""
        return self.source in ASKED

    def same_picture(self, other: Inputs) -> bool:
        """Whether both show the same part of the same photo."""
        return (self.original, self.turns % 4, self.crop) == (
            other.original,
            other.turns % 4,
            other.crop,
        )

    def turned(self) -> Photo | None:
        """Return the photo turned, before the crop."""
        if self.original is None or self.turns % 4 == 0:
            return self.original
        return self.original.rotate(self.turns)

    @cached_property
    def photo(self) -> Photo | None:
        """The photo turned and cropped.

        Raises
        ------
        ReliefError
            The crop leaves less than 2 × 2 pixels.
        """
        turned = self.turned()
        if turned is None or self.crop == (0.0, 0.0, 1.0, 1.0):
            return turned
        left, top, right, bottom = self.crop
        width, height = turned.size
        return turned.crop(
            round(left * width), round(top * height), round(right * width), round(bottom * height)
        )

    def relief(self, settings: ReliefSettings, provider: DepthProvider | None = None) -> Relief:
        """Make the relief: estimate the depth, or whatever the source asks for.

        Parameters
        ----------
        settings
            All of them but a lithophane's thickness.
        provider
            Of a source that is in `ASKED`.

        Raises
        ------
        ReliefError
            Something that the source needs is missing or cannot be used.
        """
        photo, values = self.photo, controlled(settings)
        if self.source == "depth_map":
            if self.depth_map is None:
                raise ReliefError("There is no depth map yet.", "Choose one: near is bright.")
            return Relief.from_depth_map(self.depth_map, texture=photo, mask=self.mask, **values)
        if photo is None:
            raise ReliefError("There is no photo yet.", "Choose one, drop it here or paste it.")
        if self.source == "lithophane":
            return Relief.lithophane(
                photo, self.min_mm, self.max_mm, self.attenuation_per_mm, **values
            )
        mask = self.mask
        if mask is None and photo.mask is not None:
            mask = photo.mask
        if self.asks_first:
            if provider is None:
                raise ReliefError("This depth map is not made by itself.", "Press Generate.")
            return Relief.from_photo(
                photo, provider=provider, style=self.style, mask=mask, **values
            )
        offline: dict[str, DepthProvider] = {"luminance": Luminance(), "layers": Layers()}
        provider = offline.get(self.source, BuiltIn())
        style: Style = "organic" if self.source == "organic" else "detailed"
        return Relief.from_photo(photo, provider=provider, style=style, mask=mask, **values)


def suited(photo: Photo, source: SourceName) -> SourceName:
    """Return the source that suits a photo: levels for flat art instead of an estimate."""
    return "layers" if source in ("detailed", "organic") and is_flat_art(photo) else source


def inputs_of(relief: Relief) -> Inputs:
    """Return the inputs that a relief from a file was made of."""
    settings, source = relief.settings, relief.source
    photo, mask = relief.photo, None if relief.photo is None else relief.photo.mask
    made = Inputs(photo if mask is None or photo is None else photo.with_mask(None), mask=mask)
    if isinstance(source, Brightness) and settings.thickness_mm is not None:
        low, high = settings.thickness_mm
        return made.replace(source="lithophane", min_mm=low, max_mm=high)
    depth_map = relief.depth_map
    if depth_map is None:
        return made.replace(source="depth_map", depth_map=_as_tiff(relief.heights))
    if isinstance(relief.provider, BuiltIn):
        return made.replace(source=depth_map.style)
    if isinstance(relief.provider, Luminance):
        return made.replace(source="luminance")
    if isinstance(relief.provider, Layers):
        return made.replace(source="layers")
    asked: dict[str, SourceName] = {"gemini": "gemini", "OnnxModel": "onnx"}
    name = asked.get(depth_map.origin.get("provider", ""))
    if name is not None and relief.photo is not None:
        return made.replace(source=name, style=depth_map.style)
    return made.replace(source="depth_map", depth_map=_as_tiff(depth_map.values))


def _as_tiff(values: npt.NDArray[np.float32]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.asarray(values)).save(buffer, "TIFF")
    return buffer.getvalue()


def refitted(relief: Relief, before: Inputs, after: Inputs) -> Relief:
    """Return a relief of another crop or turn of the same photo, its depth map cut to fit.

    Raises
    ------
    ReliefError
        The depth map does not reach as far as the new crop, or there is none.
    """
    depth_map, photo = relief.depth_map, after.photo
    if depth_map is None or photo is None or not isinstance(relief.source, Depth):
        raise ReliefError("There is no depth map to crop.", "Make one first.")
    quarters = (after.turns - before.turns) % 4
    left, top, right, bottom = before.crop
    for _ in range(quarters):
        left, top, right, bottom = top, 1 - right, bottom, 1 - left
    width, height = right - left, bottom - top
    new_left, new_top, new_right, new_bottom = after.crop
    shares = (
        (new_left - left) / width,
        (new_top - top) / height,
        (new_right - left) / width,
        (new_bottom - top) / height,
    )
    if min(shares) < -_ROUNDING or max(shares) > 1 + _ROUNDING:
        raise ReliefError(
            "The depth map does not reach as far as the new crop.",
            "Generate another one for it, or undo the crop that it was made for.",
        )
    values = np.rot90(depth_map.values, quarters)
    rows, cols = values.shape
    edges = np.clip(np.rint(np.array(shares) * (cols, rows, cols, rows)), 0, None).astype(int)
    values = values[edges[1] : edges[3], edges[0] : edges[2]]
    if min(values.shape) < 2:
        raise ReliefError("The crop leaves nothing of the depth map.", "Choose a larger part.")
    cut = dataclasses.replace(
        depth_map,
        values=values,
        mask=photo.subject_mask((values.shape[0], values.shape[1])),
        size=photo.size,
        stages={},
    )
    return Relief(Depth(cut, photo, relief.source.provider), relief.settings)


@dataclass(frozen=True, eq=False)
class Version:
    """A depth map of a photo.

    Attributes
    ----------
    label
        For people.
    inputs
        What it was made of.
    source
        The depth map, with photo and provider.
    """

    label: str
    inputs: Inputs
    source: Depth

    @classmethod
    def made(cls, inputs: Inputs, source: Depth) -> Version:
        """Return the version of a depth map that was just made."""
        origin = source.depth_map.origin
        label = origin.get("label") or inputs.label
        if inputs.asks_first:
            label = f"{label}, {inputs.style}"
        return cls(f"{label} · {origin['cost']}" if "cost" in origin else label, inputs, source)

    def replaces(self, other: Version) -> bool:
        """Whether `other` need not be kept: it is of another picture, or can be made again."""
        repeats = not self.inputs.asks_first and self.inputs.source == other.inputs.source
        return repeats or not self.inputs.same_picture(other.inputs)


@dataclass(frozen=True, eq=False)
class State:
    """One state of the studio, as undo remembers it.

    Attributes
    ----------
    inputs
        What the relief is made of.
    made
        The relief; before the first one, the settings that wait for it.
    """

    inputs: Inputs
    made: Relief | ReliefSettings

    @property
    def relief(self) -> Relief | None:
        """The relief, if there is one."""
        return self.made if isinstance(self.made, Relief) else None

    @property
    def settings(self) -> ReliefSettings:
        """The settings of the relief, or those that wait for it."""
        return self.made.settings if isinstance(self.made, Relief) else self.made

    def replace(self, **settings: Any) -> State:
        """Return the state with other settings.

        Raises
        ------
        ReliefError
            A value is out of its range.
        """
        return State(self.inputs, self.made.replace(**settings))


@dataclass(frozen=True)
class Outcome:
    """What a job comes back with: a relief, and all that is to be shown of it.

    Attributes
    ----------
    state
        The relief, and what it is made of.
    field
        Its heights.
    pictures
        Its pictures, by name.
    said
        What is to be said of it, if anything.
    """

    state: State
    field: HeightField
    pictures: dict[str, bytes]
    said: str = ""

    @classmethod
    def of(cls, inputs: Inputs, relief: Relief, said: str = "") -> Outcome:
        """Return the outcome for a relief, its heights computed."""
        return cls(State(inputs, relief), relief.height_field, pictures(relief), said)


def pictures(relief: Relief) -> dict[str, bytes]:
    """Return pictures of the photo, the depth map and the relief, as PNG; those that there are."""
    images = {"relief": relief.picture(_PICTURE_SIDE)}
    if relief.photo is not None:
        images["photo"] = relief.photo.image(_PICTURE_SIDE)
    if relief.depth_map is not None:
        images["depth_map"] = depth_picture(relief.depth_map, _PICTURE_SIDE)
    return {name: png(image) for name, image in images.items()}


def depth_picture(depth_map: DepthMap, max_side: int) -> Image.Image:
    """Return a depth map as a small grey picture."""
    grey = Image.fromarray(np.rint(depth_map.values * 255).astype(np.uint8))
    grey.thumbnail((max_side, max_side))
    return grey


class Session:
    """The one state of the studio, and all that can be done with it. It knows no widgets.

    What takes long is done beside the event loop, and the relief that there is stays until then;
    without a running loop, as in a plain script, everything is done on return. What fails becomes a
    sentence. Every change is told to those who subscribe.

    Parameters
    ----------
    settings
        Those of the first relief.

    Attributes
    ----------
    state
        Inputs, relief and settings as they are now.
    fresh
        What the job that brought the present relief brought with it; None once settings changed.
    history
        The states to go back to.
    doing
        What is being made, while something is.
    done
        What was done last.
    problem
        What went wrong last; None when that is over.

    Examples
    --------
    >>> session = Session()
    >>> session.open("cat.jpg")
    >>> session.replace(depth_intensity=0.2)
    >>> session.relief.save("cat.stl")
    """

    def __init__(self, settings: ReliefSettings | None = None) -> None:
        self.state = State(Inputs(), settings or ReliefSettings())
        self.fresh: Outcome | None = None
        self.doing = self.done = ""
        self.problem: Exception | None = None
        self._versions: list[Version] = []
        self.history: History[State] = History()
        self._jobs = Newest()
        # Jobs of an earlier turn are not wanted any more.
        self._turn = 0
        self._stopping = threading.Event()
        self._front_material = self.settings.material
        self._subscribers: list[tuple[Callable[[], None], frozenset[Kind]]] = []

    @property
    def relief(self) -> Relief | None:
        """The relief as it is now; None until there is one."""
        return self.state.relief

    @property
    def settings(self) -> ReliefSettings:
        """The settings of the relief, or those that wait for the first one."""
        return self.state.settings

    @property
    def inputs(self) -> Inputs:
        """What the relief is made of, or will be."""
        return self.state.inputs

    @property
    def versions(self) -> list[Version]:
        """The depth maps that were made of the present picture, oldest first."""
        return [made for made in self._versions if made.inputs.same_picture(self.inputs)]

    @property
    def busy(self) -> bool:
        """Whether a relief is being made."""
        return self._jobs.busy

    @property
    def error(self) -> str:
        """What went wrong, in a sentence; empty when nothing did."""
        if self.problem is None or isinstance(self.problem, ReliefError):
            return str(self.problem or "")
        name = type(self.problem).__name__
        return f"Something went wrong ({name}). The last relief is still here."

    def exported(self) -> Relief:
        """Return the relief.

        Raises
        ------
        ReliefError
            There is none yet.
        """
        if self.relief is None:
            raise ReliefError("There is no relief yet.", "Choose a photo first.")
        return self.relief

    # What is told

    def subscribe(self, call: Callable[[], None], *kinds: Kind) -> None:
        """Call back after every change of one of `kinds`; of any kind if none is named.

        Settings that change together are one change, of the kind that reaches farthest.
        """
        self._subscribers.append((call, frozenset(kinds or get_args(Kind))))

    def say(self, *sentences: str) -> None:
        """Say what was done, in sentences without a full stop, and take back what went wrong."""
        self.problem = None
        self.done = _line(sentences)
        self._changed("message")

    def fail(self, error: Exception) -> None:
        """Say what went wrong."""
        if not isinstance(error, ReliefError):
            _LOG.error("relief_widget failed", exc_info=error)
        self.problem, self.done = error, ""
        self._changed("message")

    def _changed(self, kind: Kind) -> None:
        for call, kinds in self._subscribers:
            if kind in kinds:
                call()

    # Photo and source

    def open(
        self,
        photo: PhotoSource,
        name: str = "",
        *,
        source: SourceName | None = None,
        settings: ReliefSettings | None = None,
        kept: str = "",
    ) -> None:
        """Make a relief of another photo, or go on with a project as it was saved.

        Parameters
        ----------
        photo
            Path, bytes, PIL image, array or `Photo`; a project is a path or bytes.
        name
            Of the file, where `photo` does not tell; a project's ends in ``.relief`` or ``.3mf``.
        source
            What the heights come from; by default as before, where that suits the photo.
        settings
            For the photo; by default as before.
        kept
            A project's settings as `settings_text` has them, newer than those in the file.
        """
        if not name and isinstance(photo, str | Path):
            name = Path(photo).name
        if isinstance(photo, str | Path | bytes) and name.lower().endswith(_PROJECTS):
            self._start(f"{name}: opening…", partial(_reopened, photo, name, kept), self._reopened)
            return
        present = self.inputs
        title = name or (photo.name if isinstance(photo, Photo) else "") or "photo"
        self._build("photo", lambda: present.opened(name, photo, source), title, settings=settings)

    def example(self, name: str) -> None:
        """Open an example as its picture shows it."""
        path = example_photos().get(name)
        if path is not None:
            source, look = LOOKS.get(name, ("detailed", {}))
            settings = ReliefSettings(**look)
            self.open(path.read_bytes(), path.name, source=source, settings=settings)

    def use(self, **changes: Any) -> None:
        """Make the relief of other inputs: another source, other tones, another depth map."""
        inputs = self.inputs.replace(**changes)
        if self.relief is None:
            # They wait for the first photo.
            self.state = State(inputs, self.settings)
        if inputs.source == "depth_map" and inputs.depth_map is None:
            self.say("Choose a depth map: near is bright")
        elif inputs.asks_first:
            self.say("Choose what to ask for, then press Generate")
        elif inputs.source == "depth_map" or inputs.original is not None:
            self._build("source", inputs, inputs.label)

    def generate(self, provide: Callable[..., DepthProvider], **changes: Any) -> None:
        """Ask for a depth map that is slow or costs money.

        Parameters
        ----------
        provide
            Returns the provider for `Inputs`, and gets `progress` by name: to be called with what
            is going on; what it raises is to end the work.
        **changes
            Of the inputs.
        """
        inputs = self.inputs.replace(**changes)
        stopping = self._stopping = threading.Event()
        tell = on_loop(self._progressed)

        def progress(text: str) -> None:
            if stopping.is_set():
                raise StoppedError("The depth map was stopped.", "The last relief is still here.")
            tell(text)

        try:
            provider = provide(inputs, progress=progress)
        except ReliefError as error:
            self.fail(error)
            return
        self._build("source", inputs, inputs.label, provider=provider)

    def stop(self) -> None:
        """Want no more of what is being made."""
        self._stopping.set()
        self._turn += 1

    def _progressed(self, text: str) -> None:
        if text != self.doing:
            self.doing = text
            self._changed("message")

    def choose(self, version: Version) -> None:
        """Go on with a depth map that was made before."""
        relief = Relief(version.source, self.settings.replace(thickness_mm=None))
        state = self._lit(State(version.inputs, relief))
        self._record()
        self._put_now(state, version.label, brief(doubts_of(relief)))

    def paint(self, mask: MaskSource) -> None:
        """Take another subject; see `Inputs.mask`."""
        relief = self.relief
        if relief is None:
            return
        inputs = self.inputs.replace(mask=mask)
        # The depth is paid for, or took long: the mask steers its compression alone.
        made = partial(relief.replace_mask, mask) if inputs.asks_first else None
        self._build("mask", inputs, "New mask", made=made)

    def find_subject(self) -> None:
        """Look for the subject, whatever the heights come from."""
        relief, present = self.relief, self.inputs
        if relief is None:
            return
        photo = present.photo
        if photo is None or isinstance(relief.provider, BuiltIn):
            # It looks for the subject itself.
            self._build("search", present.replace(mask=None), "Search for the subject")
            return
        found = cache(lambda: _found_subject(photo).mask)
        self._build(
            "search",
            lambda: present.replace(mask=found()),
            "Search for the subject",
            made=(lambda: relief.replace_mask(found())) if present.asks_first else None,
        )

    def crop(self, **changes: Any) -> None:
        """Turn or crop the photo: `turns`, `crop`; see `Inputs`."""
        relief, present = self.relief, self.inputs
        if relief is None:
            return
        # A mask belongs to the pixels that it was painted on.
        inputs = present.replace(**changes, mask=None)
        made = partial(refitted, relief, present, inputs) if inputs.asks_first else None
        self._build("crop", inputs, "New crop", made=made)

    def _build(
        self,
        act: Act,
        inputs: Inputs | Callable[[], Inputs],
        name: str,
        *,
        settings: ReliefSettings | None = None,
        provider: DepthProvider | None = None,
        made: Callable[[], Relief] | None = None,
    ) -> None:
        """Make the relief of `inputs`, or what returns them; `made` returns it unestimated."""
        wanted = settings or self.settings
        started = time.monotonic()

        def work() -> Outcome:
            given = inputs() if callable(inputs) else inputs
            relief = given.relief(wanted, provider) if made is None else made()
            return Outcome.of(given, relief.replace(**controlled(wanted)))

        def done(outcome: Outcome) -> None:
            state = outcome.state
            fresh: Outcome | None = outcome
            doubts = doubts_of(state.relief, sought=act == "search")
            if act == "photo" and state.inputs.source == "layers":
                doubts = (_DRAWING,)
            if settings is None and controlled(self.settings) != controlled(wanted):
                # Settings that were changed meanwhile count.
                state, fresh = state.replace(**controlled(self.settings)), None
            if act in ("source", "photo"):
                state = self._lit(state)
            taken = f"{name} in {time.monotonic() - started:.1f} s"
            self._record()
            self._put(state, fresh, taken, brief(doubts))

        self._start(f"{name}: working…", work, done)

    def _start(
        self, doing: str, work: Callable[[], Outcome], done: Callable[[Outcome], None]
    ) -> None:
        turn = self._turn

        def arrived(outcome: Outcome) -> None:
            if turn == self._turn:
                self._keep(outcome)
                done(outcome)
                return
            # It is not wanted any more; but it may have been paid for.
            if outcome.state.inputs.same_picture(self.inputs):
                self._keep(outcome)
            self._changed("inputs")

        def failed(error: Exception) -> None:
            self.fail(error)
            self._changed("inputs")

        self.problem, self.doing, self.done = None, doing, ""
        self._jobs.run(work, arrived, failed)
        self._changed("message")

    def _reopened(self, outcome: Outcome) -> None:
        self._record()
        self._put(outcome.state, outcome, outcome.said)

    def _keep(self, outcome: Outcome) -> None:
        source = outcome.state.relief.source if outcome.state.relief is not None else None
        if isinstance(source, Depth):
            made = Version.made(outcome.state.inputs, source)
            kept = [version for version in self._versions if not made.replaces(version)]
            self._versions = [*kept, made][-_MOST_VERSIONS:]

    def _record(self, act: str = "") -> None:
        if self.relief is not None:
            self.history.record(self.state, act)

    def _put(self, state: State, fresh: Outcome | None, *sentences: str) -> None:
        """Make `state` the present one."""
        old, new = (None if s.relief is None else s.relief.depth_map for s in (self.state, state))
        if old is not None and old is not new:
            # A depth map in the history can do its stages again.
            old.stages.clear()
        self.state, self.fresh, self.done = state, fresh, _line(sentences)
        self._changed("relief")

    def _lit(self, state: State) -> State:
        """Light a lithophane from behind, and go back to the material before it."""
        material = state.settings.material
        is_lit = material == "translucent_resin"
        if state.settings.thickness_mm is not None:
            if is_lit:
                return state
            self._front_material = material
            return state.replace(material="translucent_resin")
        was_lithophane = self.settings.thickness_mm is not None
        return state.replace(material=self._front_material) if was_lithophane and is_lit else state

    # Settings

    def replace(self, **settings: Any) -> None:
        """Change settings; undo takes fast changes of one, as by a drag, for one step."""
        try:
            state = self.state.replace(**settings)
        except ReliefError as error:
            self.fail(error)
            return
        before, after = self.settings, state.settings
        changed = [name for name in controls() if getattr(before, name) != getattr(after, name)]
        if not changed:
            return
        self._record(changed[0] if len(changed) == 1 else "")
        self.state, self.fresh = state, None
        kinds = {controls()[name].kind for name in changed}
        if kinds != {"display"}:
            self.problem, self.done = None, ""
        self._changed(next(kind for kind in get_args(Kind) if kind in kinds))

    def preset(self, name: str) -> None:
        """Take the settings of a preset, and its style where the shape is estimated."""
        preset = presets[name]
        if self._fits(preset):
            self.replace(**preset)
        else:
            settings = self.settings.replace(**preset)
            inputs = self.inputs.replace(source=preset.style)
            self._build("preset", inputs, f"{preset.label} preset", settings=settings)

    def follows(self, name: str) -> bool:
        """Whether everything is as a preset has it."""
        preset, settings = presets[name], self.settings
        same = all(getattr(settings, key) == value for key, value in preset.items())
        return same and self._fits(preset)

    def _fits(self, preset: Preset) -> bool:
        estimated = self.inputs.source in ("detailed", "organic")
        return not estimated or self.inputs.original is None or self.inputs.source == preset.style

    def reset(self) -> None:
        """Set everything to its default."""
        self.replace(**controlled(ReliefSettings()))

    def undo(self) -> None:
        """Go back to the state before the last change."""
        self._return_to(self.history.undo(self.state))

    def redo(self) -> None:
        """Return to the state that was undone last."""
        self._return_to(self.history.redo(self.state))

    def _return_to(self, state: State) -> None:
        if state is not self.state:
            self._put_now(state)

    def _put_now(self, state: State, *sentences: str) -> None:
        """Put another state in the place of the present one, and of one that is being made."""
        if state.inputs is not self.inputs:
            self._turn += 1
        self.problem = None
        self._put(state, None, *sentences)


def controlled(settings: ReliefSettings) -> dict[str, Any]:
    """Return the settings that have a control, by name."""
    return {name: getattr(settings, name) for name in controls()}


def stages_of(relief: Relief | None) -> tuple[str, ...]:
    """Return the stages of the height pipeline that a relief goes through."""
    if relief is None:
        return ()
    if relief.depth_map is not None:
        left_out = ("compress", "enhance") if relief.depth_map.stepped else ()
        return tuple(stage for stage in get_args(Stage) if stage not in left_out)
    return ("resample",) if relief.settings.thickness_mm is not None else ()


def _found_subject(photo: Photo) -> Photo:
    """Return the photo with the subject that the built-in estimator finds, or with none.

    A cut-out photo has its subject already.
    """
    if photo.mask is not None and photo.mask is not False:
        return photo
    return photo.with_mask(BuiltIn()(photo.with_mask(None)).mask)


def _reopened(project: str | Path | bytes, name: str, kept: str) -> Outcome:
    """Return the relief of a project file, with settings that were kept beside it, or none."""
    relief, said = Relief.open(project), f"{name} opened"
    if kept:
        try:
            relief = with_settings(relief, kept)
        except ReliefError as error:
            said = f"{said}. {error.message}"
    return Outcome.of(inputs_of(relief), relief, said)


def _line(sentences: Iterable[str]) -> str:
    return " · ".join(filter(None, sentences))
