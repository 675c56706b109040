"""Depth networks on this machine: the user's own ONNX file, or one from the Hugging Face hub."""

from relief_widget.depth.onnx.models import HUB_MODELS, KINDS, VARIANTS, HubModel, Kind, Pin
from relief_widget.depth.onnx.provider import OnnxModel
from relief_widget.depth.onnx.source import DEFAULT_MODEL

__all__ = [
    "DEFAULT_MODEL",
    "HUB_MODELS",
    "KINDS",
    "VARIANTS",
    "HubModel",
    "Kind",
    "OnnxModel",
    "Pin",
]
