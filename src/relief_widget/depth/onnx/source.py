"""Where a model comes from: a file, or the hub; what it is called, and under which licence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from relief_widget.depth.onnx import hub
from relief_widget.depth.onnx.graph import companions
from relief_widget.depth.onnx.models import (
    HUB_MODELS,
    KINDS,
    HubModel,
    Kind,
    restricted_licence,
)
from relief_widget.errors import DepthError

DEFAULT_MODEL = "onnx-community/depth-anything-v2-small"

_HUB_NAME = re.compile(r"[\w][\w.-]*/[\w][\w.-]*")


@dataclass(frozen=True)
class Source:
    """A model's file, here or on the hub; the parameters are those of `OnnxModel`.

    Raises
    ------
    DepthError
        The file is missing, or a name is mistyped.
    """

    model: str | Path
    variant: str
    file: str | None
    revision: str
    offline: bool
    endpoint: str | None

    def __post_init__(self) -> None:
        if self.path is not None:
            _check_file(self.path)
        else:
            self._remote_file()

    @property
    def path(self) -> Path | None:
        """The user's own file, None for a model of the hub."""
        path = Path(self.model)
        if isinstance(self.model, Path) or path.suffix == ".onnx" or path.exists():
            return path
        return None

    @property
    def name(self) -> str:
        """Of the file or of the repository."""
        return str(self.model) if self.path is None else self.path.name

    @property
    def known(self) -> HubModel | None:
        """What is known of a model of the hub."""
        return None if self.path is not None else HUB_MODELS.get(str(self.model))

    @property
    def kind(self) -> Kind | None:
        """Its conventions, as far as its name alone is enough."""
        return KINDS[self.known.kind] if self.known is not None else None

    @property
    def label(self) -> str:
        """Name of the model, for people."""
        if self.known is not None:
            return self.known.label
        return self.path.stem if self.path is not None else str(self.model)

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
        return self.known.megabytes.get(self.variant)

    @property
    def notice(self) -> str:
        """Name, licence and size in a sentence."""
        licence = self.licence or "licence not known, see its page"
        if self.commercial is False:
            licence += " (not for commercial use)"
        size = "size not known" if self.megabytes is None else f"{self.megabytes:.1f} MB"
        if self.path is not None:
            return f"{self.label}: {licence}, {size}, a file of your own."
        return f"{self.label}: {licence}, {size}, fetched once from the Hugging Face hub."

    def here(self) -> Path | None:
        """Return the file if it is on this machine, with its weights; the network is not used.

        Raises
        ------
        DepthError
            The user's own file is gone, or huggingface_hub is missing.
        """
        if self.path is not None:
            _check_file(self.path)
            return self.path
        path = hub.cached(str(self.model), self._remote_file(), self.revision)
        return path if path is not None and not _missing(path) else None

    def fetch(self, progress: hub.DownloadProgress) -> Path:
        """Fetch the file, and those with its weights, into the hub's cache; see `hub.fetch`."""
        if self.offline:
            raise DepthError(
                f"{self.label} is not on this machine, and offline=True forbids to fetch it.",
                "Call it once without offline, or give the path of a model file.",
            )
        file = self._remote_file()

        def get(name: str) -> Path:
            return hub.fetch(str(self.model), name, self.revision, progress, endpoint=self.endpoint)

        path = get(file)
        for name in _missing(path):
            get((Path(file).parent / name).as_posix())
        return path

    def _remote_file(self) -> str:
        """Return the path in the repository."""
        if self.file is not None:
            return self.file
        if not _HUB_NAME.fullmatch(str(self.model)):
            raise DepthError(
                f"{str(self.model)!r} is neither a file nor the name of a model on the hub.",
                "Give the path of an .onnx file, or a name like 'owner/name'.",
            )
        files = (self.known or HUB_MODELS[DEFAULT_MODEL]).files
        if self.variant not in files:
            raise DepthError(
                f"{self.label} has no variant {self.variant!r}.",
                f"There are {', '.join(files)}; or give a file of the repository with file=.",
            )
        return files[self.variant]


def _missing(path: Path) -> list[str]:
    """Return the files with weights that are not beside a model."""
    return sorted(name for name in companions(path) if not (path.parent / name).exists())


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise DepthError(f"{path.name!r} is a folder.", "Give the path of the .onnx file in it.")
    if not path.is_file():
        raise DepthError(
            f"There is no model file {str(path)!r}.",
            "Check the path, or give the name of a model on the hub, like 'owner/name'.",
        )
