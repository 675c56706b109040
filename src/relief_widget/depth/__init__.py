"""Depth maps, and the providers that make them from a photo."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from relief_widget.errors import DepthError

if TYPE_CHECKING:
    from relief_widget.depth.builtin import BuiltIn
    from relief_widget.depth.depth_map import STYLES, DepthMap, DepthProvider, Style
    from relief_widget.depth.files import load_depth_map, save_depth_map
    from relief_widget.depth.flat_art import is_flat_art
    from relief_widget.depth.gemini import Gemini
    from relief_widget.depth.layers import Layers
    from relief_widget.depth.luminance import Luminance
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

# Loaded on first use: the command line's help needs the registry alone.
_HOMES = {
    "STYLES": "depth_map",
    "BuiltIn": "builtin",
    "DepthMap": "depth_map",
    "DepthProvider": "depth_map",
    "Gemini": "gemini",
    "Layers": "layers",
    "Luminance": "luminance",
    "OnnxModel": "onnx",
    "Style": "depth_map",
    "is_flat_art": "flat_art",
    "load_depth_map": "files",
    "save_depth_map": "files",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
