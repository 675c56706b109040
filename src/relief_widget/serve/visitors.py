"""Who asks for a page: its visitor, who gets what is needed to end the page's kernel again."""

from __future__ import annotations

from typing import Any

from voila.handler import BaseVoilaHandler
from voila.voila_identity_provider import VoilaIdentityProvider


class VisitorIdentityProvider(VoilaIdentityProvider):
    """Knows visitors as its base does, and gives their pages the cookie against forged requests.

    A page that is left asks for its kernel to be ended, and has to show that cookie. Voilà itself
    sets none, so that it refuses, and every kernel stays until it is idle for long enough.
    """

    async def get_user(self, handler: Any) -> Any:
        """Return the user of a request; an answer that is a page brings the cookie with it."""
        found = super().get_user(handler)
        user = found if found is None or not hasattr(found, "__await__") else await found
        if user is not None and isinstance(handler, BaseVoilaHandler):
            handler.current_user = user
            # Reading it sets the cookie.
            _ = handler.xsrf_token
        return user
