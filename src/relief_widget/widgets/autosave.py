"""The project, kept in the visitor's own browser, so that a reload loses nothing."""

from __future__ import annotations

import secrets
import weakref
from collections.abc import Callable
from typing import Any

import traitlets

from relief_widget.project import dump_settings
from relief_widget.relief import Relief
from relief_widget.widgets.background import Debounced
from relief_widget.widgets.base import Widget
from relief_widget.widgets.downloads import Downloads, Saves
from relief_widget.widgets.messages import DownloadReceives, DownloadSends

# The file may have megabytes, and takes seconds to make: what is on the screen comes first, and a
# hand on a slider.
_REST_S = 1.2


class Autosave(Widget, bundle="autosave", sends=DownloadSends, receives=DownloadReceives):
    """Lets the browser keep the project in its own store, and says so when the kernel is lost.

    Every change of a setting reaches the browser at once. The file, with the photo and the depth
    map, is fetched only when what it is made of has changed. Nothing is written where the kernel
    runs. The landing page of `Upload` offers what is kept; after the loss of the kernel it is
    opened without a question.

    Parameters
    ----------
    relief
        Returns what is to be kept.

    Attributes
    ----------
    revision
        Names the photo, the depth map and the mask; another one asks the browser to fetch the file.
        Empty while that is about to happen.
    project
        Names the piece of work: what is kept under the same name is replaced.
    settings
        The settings, as `dump_settings` has them.
    steps
        The steps of undo, as `Session.steps` has them.
    picture
        A small picture of it, as a JPEG file.
    name
        Of the photo.
    exports
        Suffixes of the files that Python can make.
    problem
        Why the browser could not keep it, from the browser; empty when all is well.
    """

    revision = traitlets.Unicode("").tag(sync=True)
    project = traitlets.Unicode("").tag(sync=True)
    settings = traitlets.Unicode("").tag(sync=True)
    steps = traitlets.Unicode("").tag(sync=True)
    picture = traitlets.Bytes(b"").tag(sync=True)
    name = traitlets.Unicode("").tag(sync=True)
    exports: traitlets.List[str] = traitlets.List(traitlets.Unicode()).tag(sync=True, holds=str)
    problem = traitlets.Unicode("").tag(sync=True)

    def __init__(self, relief: Callable[[], Saves], **traits: Any) -> None:
        super().__init__(**traits)
        self._kept: object = None
        self._projects: weakref.WeakKeyDictionary[object, str] = weakref.WeakKeyDictionary()
        self._later = Debounced(self._announce, _REST_S, in_script=False)
        self._downloads = Downloads(self, relief)

    def follow(self, relief: Relief, name: str, *, photo: object = None, steps: str = "") -> None:
        """Let the browser keep `relief`, which is what `relief()` returns now.

        Parameters
        ----------
        relief
            What is to be kept.
        name
            Of the photo.
        photo
            As it was opened, which tells one piece of work from another; None where there is none.
        steps
            The steps of undo, as text.
        """
        changed = relief.source is not self._kept
        with self.hold_sync():
            self.name = name
            self.project = self._projects.setdefault(self if photo is None else photo, _token())
            self.steps = steps
            self.settings = dump_settings(relief.settings, relief.edits)
            if changed:
                # These settings do not belong to the file that is kept.
                self.revision = ""
        if not changed:
            return
        self._kept = relief.source
        self._later.start()

    def _announce(self) -> None:
        self.revision = _token()


def _token() -> str:
    return secrets.token_hex(8)
