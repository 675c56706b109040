"""The call itself, through google-genai, and everything that keeps it within bounds."""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from relief_widget.depth.gemini.faults import (
    Fault,
    StoppedError,
    network_fault,
    reply_of,
    service_fault,
    timed_out,
)
from relief_widget.depth.gemini.secret import Secret
from relief_widget.errors import DepthError

Progress = Callable[[str, float, float], None]
"""Called several times a second with what is being done, the seconds since the start and the
seconds that it may take at most; an exception that it raises stops the call."""

MAX_ANSWER_BYTES = 256_000_000
_RETRIES = 2
_FIRST_WAIT_S = 2.0
_TICK_S = 0.1
# The service refuses less.
_LEAST_TIMEOUT_S = 10


@dataclass(frozen=True)
class Service:
    """Where requests go, and in whose name: see the parameters of `Gemini`.

    The key is None only for Vertex AI with the machine's own credentials.
    """

    key: Secret | None
    vertexai: bool
    project: str | None
    location: str | None
    base_url: str | None


@dataclass(frozen=True, eq=False)
class Request:
    """What is asked for.

    Of a `model`, by Google's id: an answer to `pictures`, JPEG or PNG files, and `words`, the
    prompt, of a `ratio` and a `size` (None leaves it to the model), with a level of `thinking` or
    None.
    """

    model: str
    pictures: Sequence[bytes]
    words: str
    ratio: str
    size: str | None
    thinking: str | None


def ask(service: Service, request: Request, *, limit_s: float, progress: Progress) -> str:
    """Return the JSON of an answer, within `limit_s` seconds and at most three tries.

    What may have been charged is never tried again.

    Raises
    ------
    DepthError
        The service, the network or the clock stood against it.
    """
    started = time.monotonic()
    # None is google-genai's own choice.
    version: str | None = None
    tries = 0

    def watch(step: str) -> None:
        elapsed = time.monotonic() - started
        progress(step, elapsed, limit_s)
        if elapsed > limit_s:
            raise timed_out(limit_s)

    while True:
        left = limit_s - (time.monotonic() - started)
        outcome = _outcome(service, request, version, left, watch)
        if isinstance(outcome, str):
            return outcome
        other = "is not found for api version" in outcome.error.message.lower()
        if version is None and not service.vertexai and other:
            # Google serves some models under one version only, and this was not charged.
            version = "v1beta"
            continue
        tries += 1
        wait = outcome.wait_s if outcome.wait_s is not None else _FIRST_WAIT_S * 2 ** (tries - 1)
        left = limit_s - (time.monotonic() - started)
        if not outcome.again or tries > _RETRIES or wait >= left:
            raise outcome.error
        until = time.monotonic() + wait
        while time.monotonic() < until:
            watch(f"Waiting {until - time.monotonic():.0f} s to try again")
            time.sleep(min(_TICK_S, max(0.0, until - time.monotonic())))


def _outcome(
    service: Service,
    request: Request,
    version: str | None,
    limit_s: float,
    watch: Callable[[str], None],
) -> str | Fault:
    """Run one try in a thread with a loop of its own, so that it can be cut off at any moment."""
    results: queue.SimpleQueue[str | BaseException] = queue.SimpleQueue()
    loop = asyncio.new_event_loop()
    task = loop.create_task(_generate(service, request, version, limit_s))

    def run() -> None:
        asyncio.set_event_loop(loop)
        try:
            results.put(loop.run_until_complete(task))
        except BaseException as error:  # told to who waits, whatever it is
            results.put(error)
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()

    threading.Thread(target=run, name="relief_widget_gemini", daemon=True).start()
    result: str | BaseException | None = None
    try:
        while result is None:
            watch("Waiting for Gemini")
            with contextlib.suppress(queue.Empty):
                result = results.get(timeout=_TICK_S)
    except BaseException:
        if not loop.is_closed():
            loop.call_soon_threadsafe(task.cancel)
        raise
    if isinstance(result, str):
        return result
    return _fault(result, request.model, service.key)


def _fault(error: BaseException, model: str, key: Secret | None) -> Fault:
    """Return what an exception of google-genai or its HTTP library means."""
    import httpx2
    from google.genai import errors

    if isinstance(error, DepthError):
        return Fault(error)
    if isinstance(error, errors.APIError):
        fault = service_fault(reply_of(error), model)
        return fault if key is None else replace(fault, error=key.hide_from(fault.error))
    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout):
        return network_fault(error, reached=False)
    if isinstance(error, httpx2.HTTPError):
        return network_fault(error, reached=True)
    if isinstance(error, httpx2.InvalidURL | httpx2.UnsupportedProtocol):
        return Fault(DepthError("The base_url is no address.", "Begin it with https://."))
    if isinstance(error, asyncio.CancelledError):
        return Fault(StoppedError("The depth map was stopped.", ""))
    if isinstance(error, Exception):
        name = type(error).__name__
        text = str(error) if isinstance(error, ValueError) else ""
        text = key.hide_in(text) if key is not None else text
        return Fault(
            DepthError(
                f"google-genai could not make the request ({name}). {text}".strip()[:400],
                "Check the settings of the provider, or update google-genai.",
            )
        )
    raise error


async def _generate(service: Service, request: Request, version: str | None, limit_s: float) -> str:
    import httpx2
    from google import genai
    from google.genai import types

    seconds = max(_LEAST_TIMEOUT_S, limit_s)
    async with httpx2.AsyncClient(
        # A redirect would carry the key and the photo to wherever it points.
        follow_redirects=False,
        timeout=seconds,
        verify=_certificates(),
        event_hooks={"response": [_check_size]},
    ) as http:
        client = genai.Client(
            # Said outright: an environment variable would switch it silently.
            vertexai=service.vertexai,
            api_key=service.key.reveal() if service.key is not None else None,
            project=service.project,
            location=service.location,
            http_options=types.HttpOptions(
                base_url=service.base_url,
                api_version=version,
                timeout=round(seconds * 1000),
                httpx_async_client=http,
            ),
        )
        picture = types.ImageConfig(aspect_ratio=request.ratio, image_size=request.size)
        if service.vertexai:
            # The Gemini Developer API cannot be asked for it.
            picture.output_mime_type = "image/png"
        config = types.GenerateContentConfig(
            # With TEXT the service can say why it makes no picture.
            response_modalities=["TEXT", "IMAGE"],
            image_config=picture,
            # A continued answer is another one to pay for.
            automatic_continuation=False,
            # The typed answer lacks finishMessage.
            should_return_http_response=True,
        )
        if request.thinking is not None:
            config.thinking_config = types.ThinkingConfig(
                thinking_level=types.ThinkingLevel(request.thinking.upper())
            )
        parts: list[Any] = [
            types.Part.from_bytes(
                data=data, mime_type="image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
            )
            for data in request.pictures
        ]
        parts.append(types.Part.from_text(text=request.words))
        answer = await client.aio.models.generate_content(
            model=request.model,
            contents=[types.Content(role="user", parts=parts)],
            config=config,
        )
        return str((answer.sdk_http_response and answer.sdk_http_response.body) or "")


async def _check_size(response: Any) -> None:
    length = response.headers.get("content-length", "0")
    if length.isdigit() and int(length) > MAX_ANSWER_BYTES:
        raise DepthError(
            f"The answer is {int(length) / 1e6:.0f} MB, far more than a picture has.",
            "Check base_url and any proxy.",
        )


def _certificates() -> ssl.SSLContext | bool:
    """Return the certificates that the environment names, as other programs take them."""
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if not (file or folder):
        return True
    try:
        return ssl.create_default_context(cafile=file, capath=folder)
    except OSError:
        raise DepthError(
            "The certificates that SSL_CERT_FILE or SSL_CERT_DIR name cannot be read.",
            "Correct or remove the variable.",
        ) from None
