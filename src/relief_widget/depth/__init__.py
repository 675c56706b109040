"""Depth maps, and the providers that make them from a photo."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from relief_widget.depth.builtin import BuiltIn
from relief_widget.depth.depth_map import STYLES, DepthMap, DepthProvider, Style
from relief_widget.depth.files import load_depth_map, save_depth_map
from relief_widget.depth.layers import Layers, is_flat_art
from relief_widget.depth.luminance import Luminance
from relief_widget.errors import DepthError

if TYPE_CHECKING:
    from relief_widget.depth.gemini import Gemini
    from relief_widget.depth.onnx import OnnxModel

__all__ = [
    "STYLES",
    "BuiltIn",
    "DepthError",
    "DepthMap",
    "DepthProvider",
    "Gemini",
    "Layers",
    "Luminance",
    "OnnxModel",
    "Style",
    "is_flat_art",
    "load_depth_map",
    "save_depth_map",
]

# Providers that bring code which is not always needed; found in the module of the same name.
_LATER = {"Gemini": "relief_widget.depth.gemini", "OnnxModel": "relief_widget.depth.onnx"}


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(importlib.import_module(_LATER[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
