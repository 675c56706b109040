"""Depth maps, and the providers that make them from a photo."""

from relief_widget.depth.builtin import BuiltIn
from relief_widget.depth.depth_map import STYLES, DepthMap, DepthProvider, Style
from relief_widget.depth.files import load_depth_map, save_depth_map
from relief_widget.depth.luminance import Luminance
from relief_widget.errors import DepthError

__all__ = [
    "STYLES",
    "BuiltIn",
    "DepthError",
    "DepthMap",
    "DepthProvider",
    "Luminance",
    "Style",
    "load_depth_map",
    "save_depth_map",
]
