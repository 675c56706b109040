"""What depth maps cost: an estimate before, the exact sum after, and a total of the session."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from relief_widget.depth.gemini.models import ImageModel, Size

# Google counts a picture that is sent as 1120 tokens, and four letters as about one.
_PICTURE_TOKENS = 1120
_LETTERS = 4


@dataclass(frozen=True)
class Cost:
    """US dollars; `exact` or estimated."""

    dollars: float
    exact: bool = False

    def __str__(self) -> str:
        amount = f"${self.dollars:.2f}" if self.dollars >= 0.01 else f"${self.dollars:.3f}"
        return amount if self.exact else f"about {amount}"

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.dollars + other.dollars, self.exact and other.exact)


def estimate(model: ImageModel, size: Size | None, words: str) -> Cost | None:
    """Return what one depth map will cost; None where the model's prices are not known."""
    if model.prices is None or size not in model.sizes:
        return None
    turns = 2 if model.refine else 1
    # The refining turn sends two pictures.
    pictures = 3 if model.refine else 1
    prices = model.prices
    prompt = pictures * _PICTURE_TOKENS + turns * len(words) / _LETTERS
    made = turns * model.tokens[model.sizes.index(size)]
    thoughts = turns * model.thoughts
    total = prompt * prices.prompt + made * prices.image + thoughts * prices.text
    return Cost(total / 1e6)


def charged(model: ImageModel, size: Size | None, usage: Mapping[str, Any]) -> Cost | None:
    """Return what an answer cost by its own account of tokens; None where nothing is known.

    Parameters
    ----------
    model, size
        What was asked for.
    usage
        ``usageMetadata`` of the answer.
    """
    if model.prices is None or not usage:
        return None
    prices = model.prices
    made = _count(usage, "candidatesTokenCount")
    pictures = _pictures(usage)
    exact = pictures is not None
    if pictures is None:
        known = model.tokens[model.sizes.index(size)] if size in model.sizes else made
        pictures = min(made, known)
    text = max(0, made - pictures) + _count(usage, "thoughtsTokenCount")
    total = (
        _count(usage, "promptTokenCount") * prices.prompt
        + pictures * prices.image
        + text * prices.text
    )
    return Cost(total / 1e6, exact)


def _count(usage: Mapping[str, Any], name: str) -> int:
    value = usage.get(name)
    return value if isinstance(value, int) and value > 0 else 0


def _pictures(usage: Mapping[str, Any]) -> int | None:
    details = usage.get("candidatesTokensDetails")
    found = [
        item.get("tokenCount")
        for item in (details if isinstance(details, list) else ())
        if isinstance(item, dict) and item.get("modality") == "IMAGE"
    ]
    counts = [count for count in found if isinstance(count, int)]
    return sum(counts) if counts else None


class Spending:
    """A running total, safe to add to from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._total = Cost(0.0, exact=True)
        self._calls = 0
        self._unknown = 0

    def add(self, cost: Cost | None) -> None:
        """Count one answer."""
        with self._lock:
            self._calls += 1
            if cost is None:
                self._unknown += 1
            else:
                self._total += cost

    @property
    def calls(self) -> int:
        """Answers that were counted."""
        return self._calls

    @property
    def total(self) -> Cost:
        """The sum of those whose cost is known."""
        return self._total

    def __str__(self) -> str:
        if not self._calls:
            return "nothing spent yet"
        answers = "1 answer" if self._calls == 1 else f"{self._calls} answers"
        more = f", {self._unknown} of unknown cost" if self._unknown else ""
        return f"{self._total} for {answers}{more} in this session"


spending = Spending()
"""What this process has spent."""
