"""Google's hosted image models as depth providers."""

from relief_widget.depth.gemini.cache import AnswerCache, default_folder
from relief_widget.depth.gemini.cost import Cost, Spending, spending
from relief_widget.depth.gemini.faults import MayBeChargedError, RefusedError, StoppedError
from relief_widget.depth.gemini.models import (
    MODELS,
    PRICES_AS_OF,
    ImageModel,
    Prices,
    image_model,
)
from relief_widget.depth.gemini.provider import Gemini

__all__ = [
    "MODELS",
    "PRICES_AS_OF",
    "AnswerCache",
    "Cost",
    "Gemini",
    "ImageModel",
    "MayBeChargedError",
    "Prices",
    "RefusedError",
    "Spending",
    "StoppedError",
    "default_folder",
    "image_model",
    "spending",
]
