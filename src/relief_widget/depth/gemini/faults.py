"""What can go wrong with a call, as sentences for people, and whether trying again may help."""

from __future__ import annotations

import email.utils
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from relief_widget.errors import DepthError

_TEXT_SHOWN = 300
_TRANSIENT = {429, 500, 503, 504}
_KEY_PAGE = "aistudio.google.com/apikey"


class RefusedError(DepthError):
    """The service will not make this picture; asking again is of no use."""


class MayBeChargedError(DepthError):
    """The service may have made the picture, and charged for it: asking again may cost again."""


class StoppedError(DepthError):
    """The user stopped it."""


@dataclass(frozen=True)
class Fault:
    """What became of a request.

    Attributes
    ----------
    error
        For the user.
    again
        Whether a further try may help and cannot cost twice.
    wait_s
        How long the service asks to wait first; None where it does not say.
    """

    error: DepthError
    again: bool = False
    wait_s: float | None = None


@dataclass(frozen=True)
class Reply:
    """An error as the service sent it: status, headers, and the JSON of its ``error``."""

    code: int
    headers: Mapping[str, str]
    error: Mapping[str, Any]

    @property
    def status(self) -> str:
        """Google's name of the error."""
        return str(self.error.get("status") or "")

    @property
    def words(self) -> str:
        """The service's own words, shortened; nothing where it sent a page instead."""
        text = shortened(self.error.get("message"))
        return "" if "<html" in text.lower() or "<!doctype" in text.lower() else text

    def details(self, kind: str) -> Iterator[Mapping[str, Any]]:
        """Yield the details of a kind, such as ``RetryInfo``."""
        details = self.error.get("details")
        for item in details if isinstance(details, list) else ():
            if isinstance(item, dict) and str(item.get("@type", "")).endswith(kind):
                yield item


def shortened(words: Any) -> str:
    """Return words of the service, in one line that is not too long."""
    text = " ".join(str(words or "").split())
    return text[:_TEXT_SHOWN].rstrip() + ("…" if len(text) > _TEXT_SHOWN else "")


def quoted(words: str) -> str:
    """Return what the service says as a sentence; nothing where it says nothing."""
    return f" It says: “{words}”" if words else ""


def damaged() -> DepthError:
    """Return the error for a picture that cannot be opened."""
    return MayBeChargedError(
        "The picture from Gemini arrived damaged.", "Nothing was kept of it. Generate it again."
    )


def reply_of(error: Any) -> Reply:
    """Return what a ``google.genai.errors.APIError`` holds."""
    details = error.details if isinstance(error.details, dict) else {}
    inner = details.get("error") if isinstance(details.get("error"), dict) else details
    headers = getattr(error.response, "headers", {}) or {}
    inner = inner or {"message": str(error.message or "")}
    return Reply(int(error.code or 0), {k.lower(): v for k, v in headers.items()}, inner)


def service_fault(reply: Reply, model: str) -> Fault:
    """Return what an error of the service means."""
    says = quoted(reply.words)
    if reply.code == 429 and not _is_bad_key(reply):
        return _too_many(reply, says)
    if reply.code < 500 or _is_bad_key(reply):
        return Fault(DepthError(*_refusal(reply, model, says)))
    busy = "overloaded" if reply.code == 503 else "in trouble"
    # A gateway's own page does not say what became of the request behind it.
    again = reply.code in _TRANSIENT
    kind = DepthError if again else MayBeChargedError
    error = kind(
        f"Gemini is {busy} at the moment (error {reply.code}).{says}",
        "Try again in a few minutes, or choose another model.",
    )
    return Fault(error, again, _wait(reply))


def _refusal(reply: Reply, model: str, says: str) -> tuple[str, str]:
    """Return why the service did not take a request, and what to do."""
    words = reply.words.lower()
    if "leaked" in words or "compromised" in words:
        return (
            "Google has blocked this API key, for it was found in public.",
            f"Make a new key at {_KEY_PAGE}, delete this one, and keep the new one to yourself.",
        )
    if _is_bad_key(reply):
        return (
            "Google does not accept this API key.",
            f"Copy the whole key from {_KEY_PAGE}, or make a new one.",
        )
    if reply.code == 400 and "location" in words:
        return (
            "Google does not offer Gemini at your location.",
            "Use a project with billing, Vertex AI, or the built-in estimate, which needs neither.",
        )
    if "billing" in words and reply.code in (400, 403):
        return _needs_billing(says)
    if reply.code == 403:
        return (
            f"This API key may not use {model}.{says}",
            "Allow the Gemini API for the key's project, or use a key of another one.",
        )
    if reply.code == 404:
        return (
            f"Google knows no model {model!r} for this key.{says}",
            "Google renames its models now and then: choose another model, or give its id.",
        )
    if reply.code == 413:
        return "The photo is too large for Gemini.", "Choose a smaller size."
    if 300 <= reply.code < 400:
        elsewhere = "The service pointed to another address, which was not followed"
        return (
            f"{elsewhere}: it would have got the key and the photo.",
            "Check base_url and any proxy.",
        )
    return (
        f"Gemini did not take the request (error {reply.code}).{says}",
        "Choose another model or size.",
    )


def network_fault(error: Exception, *, reached: bool) -> Fault:
    """Return what a failed connection means.

    Parameters
    ----------
    error
        For its name; its text may hold addresses.
    reached
        Whether the request may have been sent.
    """
    name = type(error).__name__
    if not reached:
        return Fault(
            DepthError(
                f"Gemini cannot be reached ({name}).",
                "Check the connection to the internet, or use the built-in estimate, which needs "
                "none.",
            ),
            again=True,
        )
    return Fault(
        MayBeChargedError(
            f"The connection to Gemini broke off ({name}).",
            "The depth map may have been made and charged all the same. Generate it again if you "
            "want to.",
        )
    )


def timed_out(seconds: float) -> DepthError:
    """Return the error for an answer that did not come in time."""
    return MayBeChargedError(
        f"Gemini did not answer within {seconds:.0f} s.",
        "The depth map may have been made and charged all the same. Generate it again if you want "
        "to, or choose a smaller size.",
    )


def _is_bad_key(reply: Reply) -> bool:
    if reply.code == 401:
        return True
    reasons = {str(item.get("reason")) for item in reply.details("ErrorInfo")}
    if reasons & {"API_KEY_INVALID", "API_KEY_EXPIRED", "API_KEY_SERVICE_BLOCKED"}:
        return "API_KEY_SERVICE_BLOCKED" not in reasons
    return reply.code == 400 and "api key" in reply.words.lower()


def _needs_billing(says: str) -> tuple[str, str]:
    return (
        f"This API key has no billing, and Gemini makes no pictures without it.{says}",
        "Turn on billing in Google AI Studio, or use the built-in estimate, which is free.",
    )


def _too_many(reply: Reply, says: str) -> Fault:
    violations = [
        item
        for failure in reply.details("QuotaFailure")
        for item in failure.get("violations") or ()
        if isinstance(item, dict)
    ]
    quotas = " ".join(str(item.get("quotaId", "")) for item in violations).lower()
    none_at_all = any(str(item.get("quotaValue", "")) == "0" for item in violations)
    if none_at_all or re.search(r"limit:\s*0\b", reply.words):
        return Fault(DepthError(*_needs_billing("")))
    if "perday" in quotas or "per day" in reply.words.lower():
        return Fault(
            DepthError(
                "This project's pictures for today are used up.",
                "Google counts anew at midnight, Pacific time; or use another model, or the "
                "built-in estimate.",
            )
        )
    wait = _wait(reply)
    when = f"in {wait:.0f} s" if wait is not None else "in a minute"
    return Fault(
        DepthError(f"Too many requests to Gemini at once.{says}", f"Try again {when}."), True, wait
    )


def _wait(reply: Reply) -> float | None:
    """Return the seconds that the service asks to wait: RetryInfo, else Retry-After."""
    for item in reply.details("RetryInfo"):
        match = re.fullmatch(r"(\d+(?:\.\d+)?)s", str(item.get("retryDelay", "")))
        if match:
            return float(match[1])
    header = reply.headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d+(\.\d+)?", header):
        return float(header)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(header).timestamp() - time.time())
    except (ValueError, TypeError, IndexError):
        return None
