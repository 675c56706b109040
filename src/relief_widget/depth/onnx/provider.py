"""The depth provider: a depth network on this machine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from PIL import Image
from tqdm import tqdm

from relief_widget import arguments
from relief_widget.arrays import FloatArray
from relief_widget.depth.depth_map import DepthMap, Style, check_style
from relief_widget.depth.onnx import hub
from relief_widget.depth.onnx.graph import read_graph
from relief_widget.depth.onnx.letterbox import enlarged
from relief_widget.depth.onnx.models import HubModel, Kind, find_kind
from relief_widget.depth.onnx.nearness import levelled
from relief_widget.depth.onnx.runtime import open_runtime
from relief_widget.depth.onnx.session import Session
from relief_widget.depth.onnx.source import DEFAULT_MODEL, Source
from relief_widget.depth.onnx.tiles import (
    LEAST_MAGNIFICATION,
    MAGNIFICATION,
    Tile,
    fuse,
    tiles,
)
from relief_widget.depth.quality import QualityReport, measure
from relief_widget.errors import DepthError
from relief_widget.image.colour import fit, resize
from relief_widget.image.photo import Photo, open_photo

# The memory that a network takes grows with the square of it, or faster.
MAX_SIDE = 2048

Progress = Callable[[int, int], None]


class _Loaded:
    """The session, once it is loaded; a copy of the provider loads its own."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.session: Session | None = None

    def __reduce__(self) -> tuple[type[_Loaded], tuple[()]]:
        return _Loaded, ()


@dataclass(frozen=True, eq=False, repr=False)
class OnnxModel:
    """Provider: a depth network that runs on this machine.

    A file of the user's own needs no network. A model of the hub is fetched once, into the cache of
    huggingface_hub; `notice` says its licence and size before that.

    Parameters
    ----------
    model
        Path of an .onnx file, or the name of a model on the hub, such as
        ``"onnx-community/depth-anything-v2-small"`` (the default); those that are known are in
        `relief_widget.depth.onnx.HUB_MODELS`. A `HubModel` of your own says more than a name.
    kind
        Its conventions: a name of `relief_widget.depth.onnx.KINDS`, or a `Kind`. None: by the name
        of the model and of its outputs.
    variant
        Of a model on the hub: ``"fp32"``, ``"fp16"``, ``"int8"``, ``"uint8"``, ``"q4"``,
        ``"q4f16"`` or ``"bnb4"``, as far as it has them. None: "fp32", of Depth Pro "q4f16"; what
        is larger than 1 GB is only fetched if it is named here or with `file`.
    file, revision
        Path in the repository instead of a variant; and its branch, tag or commit. None: of the
        known models the commit that is known, of others the newest. What is fetched must have the
        checksum that is known of it, or else the one that the hub announces.
    detail
        A second look at the photo in tiles, for fine detail, at up to ten times the time.
        ``"auto"`` (the default): in the style "detailed", where the photo has more to show than the
        network sees at once.
    side
        Pixels of the side that the network sees; None: what it likes best, for Depth Anything 3
        756. More, such as 1008, is finer, slower, and takes more memory.
    progress
        Called with the looks that are done and those in all; an exception that it raises stops the
        estimate.
    download_progress
        Called with bytes done and bytes in all when the model has to be fetched; an exception that
        it raises stops that. None shows a bar.
    offline
        True: never use the network, not even for a model that is not here yet.
    endpoint
        Of a mirror of the hub.
    providers
        Of onnxruntime, in order; the processor by default.

    Raises
    ------
    DepthError
        The file is missing, or a name is mistyped.
    """

    model: str | Path | HubModel = DEFAULT_MODEL
    kind: str | Kind | None = None
    variant: str | None = None
    file: str | None = None
    revision: str | None = None
    detail: Literal["auto"] | bool = "auto"
    side: int | None = None
    progress: Progress | None = None
    download_progress: hub.DownloadProgress | None = None
    offline: bool = False
    endpoint: str | None = None
    providers: Sequence[Any] | None = None
    _loaded: _Loaded = field(default_factory=_Loaded, init=False)
    _source: Source = field(init=False)

    def __post_init__(self) -> None:
        if self.kind is not None:
            object.__setattr__(self, "kind", find_kind(self.kind))
        if self.side is not None:
            hint = f"Give 14 to {MAX_SIDE} pixels, such as 518."
            side = arguments.whole("side", self.side, 14, MAX_SIDE, hint=hint, error=DepthError)
            object.__setattr__(self, "side", side)
        if not isinstance(self.model, HubModel):
            if not isinstance(self.model, str) or "\0" in self.model:
                arguments.path("model", self.model, error=DepthError)
            elif not self.model:
                raise DepthError("model is empty.", "Give the path of an .onnx file, or a name.")
        for name in ("variant", "file", "revision", "endpoint"):
            if getattr(self, name) is not None:
                arguments.text(name, getattr(self, name), error=DepthError)
        for name in ("progress", "download_progress"):
            if getattr(self, name) is not None and not callable(getattr(self, name)):
                told = f"{name} is {arguments.shown(getattr(self, name))}, no function."
                raise DepthError(told, "Give a function of two numbers, done and total.")
        arguments.choice("detail", self.detail, ("auto", True, False), error=DepthError)
        arguments.flag("offline", self.offline, error=DepthError)
        if self.providers is not None and not isinstance(self.providers, list | tuple):
            told = f"providers is {arguments.shown(self.providers)}, no list."
            raise DepthError(told, "Give names of onnxruntime's, such as ['CPUExecutionProvider'].")
        source = Source(
            self.model,
            self.variant,
            self.file,
            self.revision,
            self.offline,
            self.endpoint,
            described=self.kind is not None,
        )
        object.__setattr__(self, "_source", source)

    def __repr__(self) -> str:
        own = self._source.path is not None
        variant = "" if own or self.variant is None else f", variant={self.variant!r}"
        return f"OnnxModel({self._source.name!r}{variant})"

    @property
    def label(self) -> str:
        """Name of the model, for people."""
        return self._source.label

    @property
    def licence(self) -> str | None:
        """Licence of the model; None where it is not known."""
        return self._source.licence

    @property
    def commercial(self) -> bool | None:
        """Whether its licence allows commercial use; None where it is not known."""
        return self._source.commercial

    @property
    def megabytes(self) -> float | None:
        """Size of the file; None where it is not known."""
        return self._source.megabytes

    @property
    def ready(self) -> bool:
        """Whether the model is on this machine; the network is not used to tell."""
        try:
            return self._source.here() is not None
        except DepthError:
            # Why it is not, `download` says.
            return False

    @property
    def notice(self) -> str:
        """What a user should know before the model is fetched: name, licence, size."""
        return self._source.notice

    def download(self, progress: hub.DownloadProgress | None = None) -> Path:
        """Fetch the model, if it is not here yet.

        Parameters
        ----------
        progress
            Called with bytes done and bytes in all; an exception that it raises stops the download,
            and nothing of it is kept. None: `download_progress`, or a bar.

        Returns
        -------
        Path
            Path of the model's file.

        Raises
        ------
        DepthError
            It cannot be had: no network, no such model or file, no room, or huggingface_hub is
            missing; it is not what it should be; or it is large and was not chosen.
        """
        found = self._source.here()
        if found is not None:
            self._source.verify(found)
            return found
        given = progress or self.download_progress
        if given is not None or self.offline:
            return self._source.fetch(given or (lambda *_: None))
        with tqdm(desc=self.notice, unit="B", unit_scale=True) as bar:

            def show(done: int, total: int) -> None:
                bar.total = total or None
                bar.update(done - bar.n)

            return self._source.fetch(show)

    def load(self) -> None:
        """Load the model, so that the first photo does not wait for it.

        Raises
        ------
        DepthError
            As `download`; or it is no depth model that onnxruntime can load.
        """
        self._session()

    def __call__(self, photo: Photo, style: Style = "detailed") -> DepthMap:
        """Estimate the depth of a photo.

        Parameters
        ----------
        photo
            Upright; its mask steers the compression.
        style
            ``"detailed"`` or ``"organic"``.

        Returns
        -------
        DepthMap
            Depth of at most 2048 pixels on the longer side, uncompressed.

        Raises
        ------
        DepthError
            The model cannot be had, loaded or run, or answers no depth.
        """
        check_style(style)
        photo = open_photo(photo)
        session = self._session()
        width, height = fit(photo.size, MAX_SIDE)
        picture = photo.srgb(MAX_SIDE)
        near, doubts = self._estimate(session, picture, style)
        values = levelled(enlarged(near, (height, width)))
        levels = measure(values)
        return DepthMap(
            values,
            mask=photo.subject_mask((height, width)),
            style=style,
            size=photo.size,
            report=QualityReport(received=levels, levels=levels, warnings=doubts),
            origin={"provider": "OnnxModel", "model": self._source.name, "label": self.label},
        )

    def _estimate(
        self, session: Session, picture: FloatArray, style: Style
    ) -> tuple[FloatArray, tuple[str, ...]]:
        rows, cols = picture.shape[:2]
        box = session.letterbox((cols, rows)).box
        fine = style == "detailed" if self.detail == "auto" else self.detail
        grid, places = _tiles((rows, cols), (box[3], box[2])) if fine else ((rows, cols), [])
        tell: Progress = self.progress or (lambda *_: None)
        steps = 1 + len(places)
        tell(0, steps)
        whole, doubts = session.see(picture, fine=fine)
        tell(1, steps)
        if not places:
            return whole, doubts
        large = resize(picture, (grid[1], grid[0]), Image.Resampling.LANCZOS).clip(0, 1)
        seen = 1

        def see(tile: Tile) -> FloatArray:
            nonlocal seen
            near, _ = session.see(large[tile], fine=fine, part=True)
            seen += 1
            tell(seen, steps)
            return near

        return fuse(enlarged(whole, grid), places, see), doubts

    def _session(self) -> Session:
        with self._loaded.lock:
            if self._loaded.session is None:
                path = self.download()
                given = self.kind if isinstance(self.kind, Kind) else self._source.kind
                runtime = open_runtime(path, self.providers)
                graph = read_graph(runtime, path, self._source.name, given)
                self._loaded.session = Session(runtime, graph, self.side or graph.kind.side)
            return self._loaded.session


def _tiles(shape: tuple[int, int], seen: tuple[int, int]) -> tuple[tuple[int, int], list[Tile]]:
    """Return the size of the tiled picture and its tiles; none where they would add nothing."""
    more = min(MAGNIFICATION, max(shape) / max(seen))
    if more < LEAST_MAGNIFICATION:
        return shape, []
    share = more * max(seen) / max(shape)
    rows, cols = (max(2, round(length * share)) for length in shape)
    return (rows, cols), tiles((rows, cols), (round(rows / more), round(cols / more)))
