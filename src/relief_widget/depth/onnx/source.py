"""Where a model comes from: a file, or the hub; what it is called, and under which licence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from relief_widget.depth.onnx import hub
from relief_widget.depth.onnx.graph import companions
from relief_widget.depth.onnx.models import (
    HUB_MODELS,
    KINDS,
    HubModel,
    Kind,
    Pin,
    refuse_several,
    restricted_licence,
)
from relief_widget.errors import DepthError

DEFAULT_MODEL = "onnx-community/depth-anything-v2-small"

# A download of more than this is chosen, and does not just happen.
MOST_UNASKED_MEGABYTES = 1000.0

_HUB_NAME = re.compile(r"[\w][\w.-]*/[\w][\w.-]*")


@dataclass(frozen=True)
class Source:
    """A model's file, here or on the hub; the parameters are those of `OnnxModel`.

    Raises
    ------
    DepthError
        The file is missing, or a name is mistyped.
    """

    model: str | Path | HubModel
    variant: str | None
    file: str | None
    revision: str | None
    offline: bool
    endpoint: str | None
    described: bool = False

    def __post_init__(self) -> None:
        if self.path is not None:
            _check_file(self.path)
        else:
            self._remote_file()
            if self.known is None and not self.described:
                refuse_several(self.name)

    @property
    def path(self) -> Path | None:
        """The user's own file, None for a model of the hub."""
        if isinstance(self.model, HubModel):
            return None
        path = Path(self.model)
        if isinstance(self.model, Path) or path.suffix == ".onnx" or path.exists():
            return path
        return None

    @property
    def name(self) -> str:
        """Of the file or of the repository."""
        if isinstance(self.model, HubModel):
            return self.model.id
        return str(self.model) if self.path is None else self.path.name

    @property
    def known(self) -> HubModel | None:
        """What is known of a model of the hub."""
        if isinstance(self.model, HubModel):
            return self.model
        return None if self.path is not None else HUB_MODELS.get(self.name)

    @property
    def at(self) -> str:
        """The revision that is fetched."""
        return self.revision or (self.known and self.known.revision) or "main"

    @property
    def kind(self) -> Kind | None:
        """Its conventions, as far as its name alone is enough."""
        return KINDS[self.known.kind] if self.known is not None else None

    @property
    def label(self) -> str:
        """Name of the model, for people."""
        if self.known is not None:
            return self.known.label
        return self.path.stem if self.path is not None else self.name

    @property
    def licence(self) -> str | None:
        """None where it is not known."""
        return self.known.licence if self.known is not None else restricted_licence(self.name)

    @property
    def commercial(self) -> bool | None:
        """Whether the licence allows commercial use; None where it is not known."""
        if self.known is not None:
            return self.known.commercial
        return None if restricted_licence(self.name) is None else False

    @property
    def megabytes(self) -> float | None:
        """Size of the file; None where it is not known."""
        if self.path is not None:
            return self.path.stat().st_size / 1e6 if self.path.exists() else None
        if self.known is None or self.file is not None:
            return None
        return self.known.megabytes.get(self._variant)

    @property
    def notice(self) -> str:
        """Name, licence and size in a sentence."""
        licence = self.licence or "licence not known, see its page"
        if self.commercial is False:
            licence += " (not for commercial use)"
        size = "size not known" if self.megabytes is None else size_text(self.megabytes)
        if self.path is not None:
            return f"{self.label}: {licence}, {size}, a file of your own."
        return f"{self.label}: {licence}, {size}, fetched once from the Hugging Face hub."

    def here(self) -> Path | None:
        """Return the file if it is on this machine, with its weights; the network is not used.

        Its content is not read; see `verify`.

        Raises
        ------
        DepthError
            The user's own file is gone, or huggingface_hub is missing.
        """
        if self.path is not None:
            _check_file(self.path)
            return self.path
        path = hub.cached(self.name, self._remote_file(), self.at)
        return path if path is not None and not self._missing(path) else None

    def verify(self, path: Path) -> None:
        """Check that the file from `here`, and its weights, are what they should be.

        Raises
        ------
        DepthError
            One is not; it was removed. A file of the user's own is not questioned.
        """
        if self.path is not None:
            return
        file = self._remote_file()
        hub.verify(path, file, self._pin(file))
        for name, beside in self._weights(path):
            hub.verify(path.parent / name, beside, self._pin(beside))

    def fetch(self, progress: hub.DownloadProgress) -> Path:
        """Fetch the file, and those with its weights, into the hub's cache; see `hub.fetch`.

        Raises
        ------
        DepthError
            As `hub.fetch`; or it is large, and neither a variant nor a file was chosen.
        """
        if self.offline:
            raise DepthError(
                f"{self.label} is not on this machine, and offline=True forbids to fetch it.",
                "Call it once without offline, or give the path of a model file.",
            )
        self._accept(self.megabytes or 0)
        file = self._remote_file()

        def get(name: str) -> Path:
            return hub.fetch(
                self.name,
                name,
                self.at,
                progress,
                endpoint=self.endpoint,
                pin=self._pin(name),
                accept=lambda size: self._accept(size / 1e6),
            )

        path = get(file)
        for name in self._missing(path):
            get(name)
        return path

    def _weights(self, path: Path) -> list[tuple[str, str]]:
        """Return the files with weights that a model needs: beside it, and in the repository.

        Raises
        ------
        DepthError
            It wants one that is not beside it: nothing may be read or written elsewhere.
        """
        names = sorted(companions(path))
        if any(PurePosixPath(name).is_absolute() or ".." in name or "\\" in name for name in names):
            raise DepthError(
                f"{self.label} wants a file that is not in its own folder.",
                "Do not use it: a model has no business there.",
            )
        folder = PurePosixPath(self._remote_file()).parent
        return [(name, (folder / name).as_posix()) for name in names]

    def _missing(self, path: Path) -> list[str]:
        """Return the files with weights, in the repository, that are not beside a model."""
        return [file for name, file in self._weights(path) if not (path.parent / name).exists()]

    def _accept(self, size: float) -> None:
        """Refuse to fetch much that nobody chose."""
        chosen = self.variant is not None or self.file is not None
        if chosen or size <= MOST_UNASKED_MEGABYTES:
            return
        sizes = self.known.megabytes if self.known is not None else {}
        said = [
            f"{name} ({size_text(sizes[name])})" if name in sizes else name for name in self._files
        ]
        raise DepthError(
            f"{self.label} is {size_text(size)} to fetch, which is not done unasked.",
            f"Choose it with variant= (--variant): {', '.join(said)}.",
        )

    def _pin(self, file: str) -> Pin | None:
        """Return what a file must be, as far as that is known of this revision."""
        known = self.known
        if known is None or (self.revision is not None and self.revision != known.revision):
            return None
        return known.pins.get(file)

    @property
    def _files(self) -> Mapping[str, str]:
        """Paths in the repository by variant."""
        return (self.known or HUB_MODELS[DEFAULT_MODEL]).files

    @property
    def _variant(self) -> str:
        return self.variant or next(iter(self._files))

    def _remote_file(self) -> str:
        """Return the path in the repository."""
        if self.file is not None:
            return self.file
        if not _HUB_NAME.fullmatch(self.name):
            raise DepthError(
                f"{self.name!r} is neither a file nor the name of a model on the hub.",
                "Give the path of an .onnx file, or a name like 'owner/name'.",
            )
        if self._variant not in self._files:
            raise DepthError(
                f"{self.label} has no variant {self._variant!r}.",
                f"There are {', '.join(self._files)}; or give a file of the repository with file=.",
            )
        return self._files[self._variant]


def size_text(size: float) -> str:
    """Return a size in megabytes for people."""
    return f"{size:.1f} MB" if size < 1000 else f"{size / 1000:.1f} GB"


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise DepthError(f"{path.name!r} is a folder.", "Give the path of the .onnx file in it.")
    if not path.is_file():
        raise DepthError(
            f"There is no model file {str(path)!r}.",
            "Check the path, or give the name of a model on the hub, like 'owner/name'.",
        )
