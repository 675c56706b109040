"""What comes back: the picture, or why there is none."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from relief_widget.depth.gemini.faults import (
    MayBeChargedError,
    RefusedError,
    damaged,
    quoted,
    shortened,
)
from relief_widget.errors import DepthError

_ANOTHER = "Use another photo, or crop it to the subject."
_REASONS: tuple[tuple[set[str], type[DepthError], str, str], ...] = (
    (
        {
            "SAFETY",
            "IMAGE_SAFETY",
            "PROHIBITED_CONTENT",
            "IMAGE_PROHIBITED_CONTENT",
            "BLOCKLIST",
            "SPII",
            "ESCALATION",
        },
        RefusedError,
        "Gemini's safety filter kept the depth map back",
        _ANOTHER,
    ),
    (
        {"RECITATION", "IMAGE_RECITATION"},
        RefusedError,
        "Gemini kept the depth map back, for it resembled a picture that exists",
        "Add words of your own about the subject, or use another photo.",
    ),
    (
        {"PUP_LIMITED_DISABLED"},
        RefusedError,
        "Gemini has disabled pictures for this account",
        "Look in Google AI Studio for what the account needs.",
    ),
    (
        {"MAX_TOKENS", "CONTINUATION"},
        MayBeChargedError,
        "Gemini stopped before the depth map was complete",
        "Generate it again, or choose a smaller size.",
    ),
)


@dataclass(frozen=True, eq=False)
class Answer:
    """A picture as it came.

    Attributes
    ----------
    data
        Bytes of a picture file.
    usage
        The service's account of tokens; empty where it gave none.
    """

    data: bytes
    usage: Mapping[str, Any] = field(default_factory=dict)


def usage_of(body: str | bytes) -> Mapping[str, Any]:
    """Return the account of tokens in an answer, also of one without a picture."""
    try:
        answer = json.loads(body)
    except ValueError:
        return {}
    usage = answer.get("usageMetadata") if isinstance(answer, dict) else None
    return usage if isinstance(usage, dict) else {}


def read_answer(body: str | bytes) -> Answer:
    """Return the picture of an answer: the last one that is no draft.

    The service's JSON is read here, since google-genai leaves out ``finishMessage``, the only words
    that say why there is no picture.

    Parameters
    ----------
    body
        JSON of a ``GenerateContentResponse``.

    Raises
    ------
    DepthError
        There is no picture; the message says why, with the service's own words where it has some.
    """
    try:
        answer = json.loads(body or "{}")
    except ValueError:
        raise _garbled() from None
    if not isinstance(answer, dict):
        raise _garbled()
    candidate = _first(answer.get("candidates"))
    parts = list(_parts(candidate))
    pictures = [data for part in parts if (data := _picture(part)) is not None]
    usage = answer.get("usageMetadata")
    if pictures:
        return Answer(_decoded(pictures[-1]), usage if isinstance(usage, dict) else {})
    raise _why_none(answer, candidate, parts)


def _first(values: Any) -> Mapping[str, Any]:
    if isinstance(values, list) and values and isinstance(values[0], dict):
        return values[0]
    return {}


def _parts(candidate: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    content = candidate.get("content")
    parts = content.get("parts") if isinstance(content, dict) else None
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, dict) and not part.get("thought"):
            yield part


def _picture(part: Mapping[str, Any]) -> str | None:
    blob = part.get("inlineData") or part.get("inline_data")
    data = blob.get("data") if isinstance(blob, dict) else None
    return data if isinstance(data, str) and data else None


def _decoded(text: str) -> bytes:
    # Both alphabets are in use, with and without padding.
    plain = "".join(text.split()).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except binascii.Error:
        raise damaged() from None


def _why_none(
    answer: Mapping[str, Any], candidate: Mapping[str, Any], parts: list[Mapping[str, Any]]
) -> DepthError:
    """Return the error for an answer without a picture."""
    feedback = answer.get("promptFeedback")
    feedback = feedback if isinstance(feedback, dict) else {}
    blocked = feedback.get("blockReason")
    reason = blocked or candidate.get("finishReason") or ""
    text = " ".join(str(part["text"]) for part in parts if part.get("text"))
    own = feedback.get("blockReasonMessage") or candidate.get("finishMessage") or text
    words = quoted(shortened(own))
    if blocked:
        return RefusedError(f"Gemini refused the photo ({reason}).{words}", _ANOTHER)
    for reasons, kind, sentence, hint in _REASONS:
        if reason in reasons:
            return kind(f"{sentence} ({reason}).{words}", hint)
    if text:
        return MayBeChargedError(
            f"Gemini answered with words instead of a depth map.{words}",
            "Generate it again, or say what the photo shows.",
        )
    because = f" ({reason})" if reason and reason != "STOP" else ""
    return MayBeChargedError(
        f"Gemini's answer has no picture{because}.{words}", "Generate it again."
    )


def _garbled() -> DepthError:
    return MayBeChargedError(
        "Gemini's answer is not readable, or broke off on the way.",
        "Check the connection and whatever stands between, then generate it again.",
    )
