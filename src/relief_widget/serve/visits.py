"""Who has which kernel, and how many visitors there are."""

from __future__ import annotations

import re
import secrets
from typing import Any

_ID = re.compile(r"[\w-]{43}")
_COOKIE_DAYS = 30


class Visit:
    """One page of one visitor, from the moment it is asked for; its kernel comes later."""

    def __init__(self, visitor: str) -> None:
        self.visitor = visitor
        self.kernel: str | None = None
        self.over = False


class Visits:
    """The pages that are open. A kernel answers only the browser that its page was made for.

    Parameters
    ----------
    kernels
        The manager of kernels.
    most
        How many pages may be open at once.
    name
        Of the cookie that tells browsers apart.
    """

    def __init__(self, kernels: Any, most: int, name: str = "relief-visitor") -> None:
        self._kernels, self.most, self._name = kernels, most, name
        self._visits: list[Visit] = []

    @property
    def count(self) -> int:
        """How many pages are open, or on their way."""
        self._visits = [visit for visit in self._visits if self._lasts(visit)]
        return len(self._visits)

    def _lasts(self, visit: Visit) -> bool:
        if visit.kernel is None:
            return not visit.over
        return visit.kernel in self._kernels

    def begin(self, handler: Any) -> Visit | None:
        """Return a place for the page that a request asks for; None where all are taken."""
        if self.count >= self.most:
            return None
        visitor = self._visitor(handler)
        if visitor is None:
            request = handler.request
            # A proxy may have taken the encryption off.
            encrypted = request.headers.get("X-Forwarded-Proto", request.protocol) == "https"
            visitor = secrets.token_urlsafe(32)
            handler.set_cookie(
                self._name,
                visitor,
                path=handler.base_url,
                httponly=True,
                samesite="Strict",
                secure=encrypted,
                max_age=_COOKIE_DAYS * 86_400,
            )
        visit = Visit(visitor)
        self._visits.append(visit)
        return visit

    def may(self, handler: Any, kernel: str) -> bool:
        """Return whether a request comes from the browser that a kernel's page was made for."""
        visitor = self._visitor(handler)
        return visitor is not None and any(
            visit.kernel == kernel and secrets.compare_digest(visit.visitor, visitor)
            for visit in self._visits
        )

    def _visitor(self, handler: Any) -> str | None:
        shown = handler.get_cookie(self._name)
        return shown if shown and _ID.fullmatch(shown) else None
