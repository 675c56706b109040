"""Turn a photo into a 3D relief, ready to print, mill or engrave.

>>> from relief_widget import Relief
>>> Relief.from_photo("cat.jpg").save("cat.stl")  # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from relief_widget.app.studio import ReliefApp
    from relief_widget.errors import DepthError, ReliefError
    from relief_widget.examples import example_photos
    from relief_widget.image.photo import Photo, open_photo
    from relief_widget.relief import Relief
    from relief_widget.settings import ReliefSettings
    from relief_widget.settings.presets import Preset, presets
    from relief_widget.widgets.viewer import Viewer

    __version__: str

__all__ = [
    "DepthError",
    "Photo",
    "Preset",
    "Relief",
    "ReliefApp",
    "ReliefError",
    "ReliefSettings",
    "Viewer",
    "__version__",
    "example_photos",
    "open_photo",
    "presets",
]

# Loaded on first use, so that the import alone costs next to nothing.
_HOMES = {
    "DepthError": "errors",
    "Photo": "image.photo",
    "Preset": "settings.presets",
    "Relief": "relief",
    "ReliefApp": "app.studio",
    "ReliefError": "errors",
    "ReliefSettings": "settings",
    "Viewer": "widgets.viewer",
    "example_photos": "examples",
    "open_photo": "image.photo",
    "presets": "settings.presets",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("relief_widget")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
