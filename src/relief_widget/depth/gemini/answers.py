"""What comes back: the picture and the depth map that it is, or why there is none."""

from __future__ import annotations

import base64
import binascii
import io
import json
import logging
import warnings
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from PIL import Image

from relief_widget.arrays import Array
from relief_widget.depth.depth_map import DepthMap, Style
from relief_widget.depth.fitting import rough_depth
from relief_widget.depth.gemini.canvas import Canvas
from relief_widget.depth.gemini.faults import (
    MayBeChargedError,
    RefusedError,
    damaged,
    quoted,
    shortened,
)
from relief_widget.depth.quality import examine
from relief_widget.errors import DepthError, ReliefError
from relief_widget.image.decoding import own_warnings
from relief_widget.image.photo import Photo
from relief_widget.image.reading import read_picture

DRAFT = (
    "Gemini sent only a draft of the depth map, and that was taken. Generate it again if it is "
    "coarse."
)

_log = logging.getLogger("relief_widget")

# An answer with more pixels than this many times those that were asked for is none.
_MOST = 4

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


def usage_of(body: str) -> Mapping[str, Any]:
    """Return the account of tokens in an answer, also of one without a picture."""
    return _object((_parsed(body) or {}).get("usageMetadata"))


def read_answer(body: str) -> bytes:
    """Return the picture file of an answer: the last one that is no draft, or else the last draft.

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
    answer = _parsed(body or "{}")
    if answer is None:
        raise MayBeChargedError(
            "Gemini's answer is not readable, or broke off on the way.",
            "Check the connection and whatever stands between, then generate it again.",
        )
    candidates = answer.get("candidates")
    candidate = _object(candidates[0] if isinstance(candidates, list) and candidates else None)
    parts = list(_parts(candidate))
    pictures = _pictures(parts)
    # What was paid for is not thrown away for being called a thought.
    drafts = [] if pictures else _pictures(_parts(candidate, thoughts=True))
    if drafts:
        _log.warning(DRAFT)
    if pictures or drafts:
        return _decoded((pictures or drafts)[-1])
    raise _why_none(answer, candidate, parts)


def is_draft(body: str) -> bool:
    """Whether the only picture of an answer is one of the model's thoughts."""
    candidates = (_parsed(body) or {}).get("candidates")
    candidate = _object(candidates[0] if isinstance(candidates, list) and candidates else None)
    thoughts = _pictures(_parts(candidate, thoughts=True))
    return bool(thoughts) and not _pictures(_parts(candidate))


def _parsed(body: str) -> Mapping[str, Any] | None:
    """Return the object that an answer is; None for anything else."""
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def _object(value: Any) -> Mapping[str, Any]:
    """Return an object of JSON; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def _parts(candidate: Mapping[str, Any], *, thoughts: bool = False) -> Iterator[Mapping[str, Any]]:
    """Yield the parts of an answer, or those that are the model's thoughts."""
    parts = _object(candidate.get("content")).get("parts")
    for part in parts if isinstance(parts, list) else ():
        if isinstance(part, dict) and bool(part.get("thought")) == thoughts:
            yield part


def _pictures(parts: Iterable[Mapping[str, Any]]) -> list[str]:
    return [data for part in parts if (data := _picture(part)) is not None]


def _picture(part: Mapping[str, Any]) -> str | None:
    data = _object(part.get("inlineData") or part.get("inline_data")).get("data")
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
    feedback = _object(answer.get("promptFeedback"))
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


def open_answer(data: bytes, expected: tuple[int, int]) -> tuple[Array, bool]:
    """Return the pixels of an answer at their own precision, and whether they came without loss.

    Parameters
    ----------
    data
        A picture file of any kind; what the service calls it does not count.
    expected
        Width and height that were asked for.

    Raises
    ------
    DepthError
        It is no picture, damaged, or far larger than what was asked for.
    """
    try:
        with own_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data)) as header:
                width, height = header.size
                lossless = header.format in ("PNG", "TIFF", "BMP")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large() from None
    except (OSError, ValueError, SyntaxError):
        raise damaged() from None
    if width * height > _MOST * expected[0] * expected[1]:
        raise _too_large()
    try:
        return read_picture(data, managed=False).values, lossless
    except ReliefError:
        raise damaged() from None


def depth_map_of(
    data: bytes, photo: Photo, style: Style, sent: Canvas, expected: tuple[int, int]
) -> DepthMap:
    """Return the checked and repaired depth map of a photo.

    Raises
    ------
    DepthError
        The answer is no picture, or a picture that cannot be a depth map.
    """
    picture, lossless = open_answer(data, expected)
    values, report = examine(
        picture,
        sent.pixels,
        lossless=lossless,
        padding=sent.padding,
        reference=rough_depth(photo),
    )
    shape = values.shape[0], values.shape[1]
    return DepthMap(
        values, mask=photo.subject_mask(shape), style=style, size=photo.size, report=report
    )


def _too_large() -> DepthError:
    return MayBeChargedError(
        "The picture from Gemini is far larger than what was asked for, and was not opened.",
        "Generate it again.",
    )
