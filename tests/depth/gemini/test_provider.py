"""The Gemini provider through the real google-genai client, against a server on loopback."""

from __future__ import annotations

import base64
import copy
import io
import json
import logging
import pickle
import socket
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from relief_widget import Relief
from relief_widget.depth import DepthError, DepthMap, Gemini
from relief_widget.depth.gemini import MayBeChargedError, RefusedError, image_model, spending
from relief_widget.depth.gemini.models import MODELS, PIXELS_1K, ImageModel
from relief_widget.image.photo import Photo, open_photo
from tests.support import gemini_server as server
from tests.support.gemini_server import (
    Play,
    Service,
    answer,
    blob,
    encoded,
    error,
    gemini_server,
    says,
)

KEY = "AIzaSyTestOnly-abcdefghijklmnopqrstuvwx"
Make = Callable[..., Gemini]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    for name in (
        "GEMINI_API_KEY",
        "GOOGLE_API_KEY",
        "GOOGLE_GENAI_USE_VERTEXAI",
        "GOOGLE_GENAI_USE_ENTERPRISE",
        "GOOGLE_GEMINI_BASE_URL",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "http_proxy",
        "https_proxy",
        "ALL_PROXY",
        "all_proxy",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with gemini_server() as made:
        yield made


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        assert address[0] in ("127.0.0.1", "localhost"), f"connects to {address}"
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)


@pytest.fixture
def gemini(service: Service, tmp_path: Path) -> Make:
    def make(model: str | ImageModel = "nano-banana-2", **more: Any) -> Gemini:
        options: dict[str, Any] = {
            "size": "1K" if model in MODELS else None,
            "api_key": KEY,
            "cache": tmp_path / "answers",
            "base_url": service.url,
            "timeout_s": 20,
        }
        return Gemini(model, **(options | more))

    return make


@pytest.fixture(scope="module")
def photo() -> Photo:
    """4:3 but for a little: 400 × 300."""
    y, x = np.mgrid[:300, :400]
    disc = np.hypot(x - 210, y - 140) < 90
    grey = np.where(disc, 200 - 0.5 * np.hypot(x - 180, y - 120), 70 + 0.1 * x)
    return open_photo(np.dstack([grey, grey * 0.9, grey * 0.7]).astype(np.uint8))


def depth_like(width: int, height: int) -> np.ndarray[Any, Any]:
    """A dome in the middle."""
    y, x = np.mgrid[:height, :width]
    r = np.hypot((x - width * 0.52) / width, (y - height * 0.47) / height)
    dome: np.ndarray[Any, Any] = np.sqrt(np.clip(1 - (r / 0.3) ** 2, 0, 1))
    levels: np.ndarray[Any, Any] = np.rint(255 * dome).astype(np.uint8)
    return levels


# Half of what the service sends for a picture of 1K: as good, and read in a quarter of the time.
SIZE = (600, 448)
DEPTH = encoded(depth_like(*SIZE))
GOOD = says(answer(blob(DEPTH)))


def sentence(make: Make, photo: Photo, **more: Any) -> str:
    with pytest.raises(DepthError) as caught:
        make(**more)(photo)
    text = str(caught.value)
    assert caught.value.hint
    assert text[0].isupper()
    assert text.rstrip()[-1] in ".!”)" or text.endswith("apikey.")
    assert KEY not in text
    return text


# The request


def test_the_request_is_what_the_service_expects(
    service: Service, gemini: Make, photo: Photo
) -> None:
    service.play(GOOD)
    gemini(size="2K")(photo)
    (seen,) = service.seen
    assert seen.path == "/v1/models/gemini-nano-banana-2.1:generateContent"
    assert seen.headers["x-goog-api-key"] == KEY
    assert 10 <= int(seen.headers["x-server-timeout"]) <= 20
    config = seen.body["generationConfig"]
    assert config["imageConfig"] == {"aspectRatio": "4:3", "imageSize": "2K"}
    assert config["responseModalities"] == ["TEXT", "IMAGE"]
    assert config["thinkingConfig"]["thinking_level"] == "MINIMAL"
    assert set(config) == {"imageConfig", "responseModalities", "thinkingConfig"}
    assert seen.body["contents"][0]["role"] == "user"
    kinds = ["inlineData" if "inlineData" in part else "text" for part in seen.parts]
    assert kinds == ["inlineData", "text"]
    data = seen.parts[0]["inlineData"]
    assert data["mime_type"] == "image/jpeg"
    assert not set("+/") & set(data["data"])
    (picture,) = seen.pictures()
    assert picture.format == "JPEG"
    assert picture.size == (1200, 896)
    assert len(base64.urlsafe_b64decode(data["data"])) < 7_000_000
    for words in ("white is nearest", "black is farthest", "pixel for pixel", "no text"):
        assert words in seen.words


def test_what_is_sent_is_the_upright_photo_on_a_canvas_of_the_answers_proportions(
    service: Service, gemini: Make
) -> None:
    pixels = np.zeros((200, 500, 3), np.uint8)
    pixels[:, :250] = (200, 30, 30)
    pixels[:, 250:] = (30, 30, 200)
    exif = Image.Exif()
    exif[0x0112] = 6  # turned: the file's left is the photo's top
    turned = io.BytesIO()
    Image.fromarray(pixels).save(turned, "JPEG", quality=95, exif=exif)
    service.play(says(answer(blob(encoded(depth_like(768, 1376))))))
    result = gemini()(open_photo(turned.getvalue()))
    (seen,) = service.seen
    (picture,) = seen.pictures()
    assert seen.body["generationConfig"]["imageConfig"]["aspectRatio"] == "9:16"
    assert picture.size == (768, 1376)
    sent = np.asarray(picture.convert("RGB")).astype(int)
    np.testing.assert_allclose(sent[400, 384], (200, 30, 30), atol=12)
    np.testing.assert_allclose(sent[1000, 384], (30, 30, 200), atol=12)
    # 2:5 within 768 × 1376: 550 pixels wide, grey bars left and right.
    for column in (50, 720):
        np.testing.assert_allclose(sent[:, column], 128, atol=3)
    assert "grey bars" in seen.words
    rows, cols = result.values.shape
    assert abs(cols / rows - 200 / 500) < 0.003
    assert result.size == (200, 500)


def test_a_photo_of_the_answers_proportions_gets_no_bars(service: Service, gemini: Make) -> None:
    service.play(says(answer(blob(encoded(depth_like(1024, 1024))))))
    gemini()(open_photo(np.full((64, 64, 3), 90, np.uint8)))
    assert "grey bars" not in service.seen[0].words


def test_a_large_noisy_photo_stays_within_what_may_be_sent(service: Service, gemini: Make) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (3584, 4800, 3), dtype=np.uint8)
    service.play(GOOD)
    gemini("nano-banana-pro", size="4K")(open_photo(noise))
    (seen,) = service.seen
    assert seen.pictures()[0].size == (2400, 1792)
    assert len(base64.urlsafe_b64decode(seen.parts[0]["inlineData"]["data"])) < 7_000_000


def width(ratio: str) -> float:
    across, down = map(int, ratio.split(":"))
    return across / down


# The edges and the middle; those between are for `make test-full`.
EDGES = (min(PIXELS_1K, key=width), "1:1", max(PIXELS_1K, key=width))


@pytest.mark.parametrize(
    "ratio",
    [pytest.param(ratio, marks=() if ratio in EDGES else pytest.mark.full) for ratio in PIXELS_1K],
)
def test_every_aspect_ratio_comes_back_in_the_photos_proportions(
    service: Service, gemini: Make, ratio: str
) -> None:
    across, down = (int(side) for side in ratio.split(":"))
    pixels = np.full((60 * down, 60 * across, 3), 99, np.uint8)
    pixels[20 * down : 40 * down, 20 * across : 40 * across] = 200
    service.play(says(answer(blob(encoded(depth_like(*PIXELS_1K[ratio]))))))
    result = gemini()(open_photo(pixels))
    assert service.seen[0].body["generationConfig"]["imageConfig"]["aspectRatio"] == ratio
    rows, cols = result.values.shape
    assert abs(cols / rows / (across / down) - 1) < 0.004
    assert result.size == (60 * across, 60 * down)


def test_models_and_sizes(service: Service, gemini: Make, photo: Photo) -> None:
    service.play(GOOD)
    for model, path in {
        "nano-banana-2-lite": "gemini-3.1-flash-lite-image",
        "nano-banana-pro": "gemini-3-pro-image",
        "gemini-4-image-of-tomorrow": "gemini-4-image-of-tomorrow",
    }.items():
        service.seen.clear()
        gemini(model, size="1k")(photo)
        (seen,) = service.seen
        assert seen.path == f"/v1/models/{path}:generateContent"
        assert seen.body["generationConfig"]["imageConfig"]["imageSize"] == "1K"
        assert "thinkingConfig" not in seen.body["generationConfig"]


def test_sizes_that_a_model_lacks_and_mistyped_models_are_sentences() -> None:
    with pytest.raises(DepthError, match=r"Lite makes no pictures of size '4K'\. It has 1K"):
        Gemini("nano-banana-2-lite", size="4K")
    with pytest.raises(DepthError, match="'8K'"):
        Gemini("nano-banana-pro", size="8K")
    with pytest.raises(DepthError, match="Did you mean 'nano-banana-pro'"):
        Gemini("nano-bananna-pro")
    with pytest.raises(DepthError, match="no image model"):
        Gemini("../../v1/files")
    with pytest.raises(DepthError, match="level of thought"):
        Gemini("nano-banana-pro", thinking="deep")
    assert image_model("gemini-nano-banana-2.1") is MODELS["nano-banana-2"]
    assert Gemini().size == "2K"
    assert Gemini("nano-banana-2-lite").size == "1K"


def test_the_style_the_subject_and_own_words_are_in_the_prompt(
    service: Service, gemini: Make, photo: Photo
) -> None:
    service.play(GOOD)
    make = gemini(subject="a lion's\nhead", extra="The mane is deep.")
    make(photo, "detailed")
    make(photo, "organic")
    detailed, organic = (seen.words for seen in service.seen)
    assert "engraving" in detailed
    assert "engraving" not in organic
    assert "gradients" in organic
    for words in (detailed, organic):
        assert "The subject is a lion's head." in words
        assert "The mane is deep." in words


def test_gemini_edit_refines_its_own_answer(service: Service, gemini: Make, photo: Photo) -> None:
    one = encoded(depth_like(1200, 896))
    second = encoded(depth_like(1200, 896)[:, ::-1])
    usage = {
        "promptTokenCount": 1500,
        "candidatesTokenCount": 1120,
        "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1120}],
    }
    service.play(says(answer(blob(one), usage=usage)), says(answer(blob(second), usage=usage)))
    result = gemini("gemini-edit")(photo)
    first, refining = service.seen
    assert [picture.size for picture in refining.pictures()] == [(1200, 896)] * 2
    sent_back = base64.urlsafe_b64decode(refining.parts[1]["inlineData"]["data"])
    assert sent_back == one
    assert "improved height map" in refining.words
    assert first.words != refining.words
    assert result.values[:, : result.values.shape[1] // 2].mean() > result.values.mean()
    one_turn = (1500 * 1.5 + 1120 * 30) / 1e6
    assert result.origin["cost"] == f"${2 * one_turn:.2f}"


def test_a_failed_refining_turn_keeps_the_first_answer(
    service: Service, gemini: Make, photo: Photo
) -> None:
    service.play(GOOD, error(400, "INVALID_ARGUMENT", "no more turns"))
    result = gemini("gemini-edit")(photo)
    assert result.report is not None
    assert any("refining turn failed" in warning for warning in result.report.warnings)


# Answers


@pytest.fixture(scope="module")
def good(photo: Photo) -> DepthMap:
    """What the plainest good answer becomes."""
    with gemini_server() as service:
        service.play(GOOD)
        return Gemini("nano-banana-2", size="1K", api_key=KEY, cache=False, base_url=service.url)(
            photo
        )


PNG16 = encoded((depth_like(*SIZE).astype(np.uint16) * 257), "PNG")
DRAFT = blob(encoded(255 - depth_like(*SIZE)), thought=True)


@pytest.mark.parametrize(
    "body",
    [
        answer(blob(DEPTH)),
        answer(blob(DEPTH, urlsafe=True)),
        answer(blob(encoded(depth_like(*SIZE), "PNG"), "image/png")),
        answer(blob(PNG16, "image/png")),
        answer(blob(encoded(depth_like(*SIZE), "PNG"), "image/jpeg")),
        answer(blob(DEPTH, "application/octet-stream")),
        answer({"text": "Here it is:"}, DRAFT, blob(DEPTH)),
        answer(blob(encoded(255 - depth_like(*SIZE))), blob(DEPTH)),
        answer(blob(DEPTH), DRAFT),
        answer(blob(DEPTH), {"text": "Done.", "futureField": [1]}),
        answer(blob(DEPTH), finishReason="SOMETHING_NEW", futureField={}),
        {
            "candidates": [
                {
                    "content": {
                        "parts": [{"inline_data": {"data": blob(DEPTH)["inlineData"]["data"]}}]
                    }
                }
            ]
        },
    ],
    ids=[
        "jpeg",
        "url-safe",
        "png",
        "png16",
        "mime lies",
        "mime unknown",
        "thoughts first",
        "two pictures",
        "thought after",
        "text after",
        "unknown reason",
        "snake case",
    ],
)
def test_every_form_of_a_good_answer(
    service: Service, gemini: Make, photo: Photo, good: DepthMap, body: Any
) -> None:
    service.play(says(body))
    np.testing.assert_allclose(gemini()(photo).values, good.values, atol=0.03)


NO_PICTURE: dict[str, tuple[Any, type[DepthError], str]] = {
    "text": (
        answer({"text": "I cannot see a subject."}),
        MayBeChargedError,
        "cannot see a subject",
    ),
    "null parts": (
        answer() | {"candidates": [{"content": {"parts": None}}]},
        MayBeChargedError,
        "no picture",
    ),
    "empty": ({}, MayBeChargedError, "no picture"),
    "no candidates": ({"candidates": []}, MayBeChargedError, "no picture"),
    "a list": ([1, 2], MayBeChargedError, "not readable"),
    "prompt blocked": (
        {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}},
        RefusedError,
        "refused the photo (PROHIBITED_CONTENT)",
    ),
    "prompt blocked anew": (
        {"promptFeedback": {"blockReason": "NEW_ONE"}},
        RefusedError,
        "NEW_ONE",
    ),
    "bad base64": (answer({"inlineData": {"data": "%%%"}}), MayBeChargedError, "damaged"),
    "no picture in it": (answer(blob(b"hello, this is text")), MayBeChargedError, "damaged"),
    "truncated png": (answer(blob(PNG16[: len(PNG16) // 2])), MayBeChargedError, "damaged"),
    "truncated jpeg": (answer(blob(DEPTH[: len(DEPTH) // 2])), MayBeChargedError, "damaged"),
}
for _reason in (
    "IMAGE_SAFETY",
    "IMAGE_PROHIBITED_CONTENT",
    "SAFETY",
    "PROHIBITED_CONTENT",
    "BLOCKLIST",
    "SPII",
    "ESCALATION",
):
    NO_PICTURE[_reason] = (
        answer(finishReason=_reason, finishMessage="It shows a child."),
        RefusedError,
        "safety filter",
    )
for _reason in ("IMAGE_RECITATION", "RECITATION"):
    NO_PICTURE[_reason] = (answer(finishReason=_reason), RefusedError, "resembled")
NO_PICTURE["PUP_LIMITED_DISABLED"] = (
    answer(finishReason="PUP_LIMITED_DISABLED"),
    RefusedError,
    "disabled pictures for this account",
)
for _reason in ("MAX_TOKENS", "CONTINUATION"):
    NO_PICTURE[_reason] = (
        answer(finishReason=_reason),
        MayBeChargedError,
        "before the depth map was",
    )
for _reason in ("NO_IMAGE", "IMAGE_OTHER", "OTHER", "LANGUAGE", "MALFORMED_RESPONSE", "NEW_ONE"):
    NO_PICTURE[_reason] = (
        answer(finishReason=_reason),
        MayBeChargedError,
        f"no picture ({_reason})",
    )


@pytest.mark.parametrize("case", NO_PICTURE)
def test_an_answer_without_a_picture_is_a_sentence_and_not_asked_for_again(
    service: Service, gemini: Make, photo: Photo, case: str
) -> None:
    body, kind, words = NO_PICTURE[case]
    service.play(says(body))
    text = sentence(gemini, photo)
    assert words in text
    with pytest.raises(kind):
        gemini()(photo)
    assert len(service.seen) == 2
    if "finishMessage" in json.dumps(body):
        assert "It shows a child." in text


def test_a_picture_that_is_only_a_thought_is_taken_with_a_warning(
    service: Service, gemini: Make, photo: Photo, caplog: pytest.LogCaptureFixture
) -> None:
    service.play(says(answer(DRAFT)))
    report = gemini()(photo).report
    assert report is not None
    assert any("only a draft" in text for text in report.warnings)
    assert "only a draft" in caplog.text


def test_a_body_that_is_no_json_is_a_sentence(service: Service, gemini: Make, photo: Photo) -> None:
    for body in (b"<html>hello</html>", b'{"candidates": [', b""):
        service.play(says(body))
        assert "enerate it again" in sentence(gemini, photo)
    assert len(service.seen) == 3


def test_a_picture_far_larger_than_asked_for_is_not_opened(
    service: Service, gemini: Make, photo: Photo
) -> None:
    huge = Image.new("L", (20000, 20000))
    service.play(says(answer(blob(encoded(huge, "PNG")))))
    assert "far larger" in sentence(gemini, photo)
    service.play(says(answer(blob(encoded(Image.new("L", (2500, 2000)), "PNG")))))
    assert "far larger" in sentence(gemini, photo)


# Faults

INFO = "type.googleapis.com/google.rpc."
BAD_KEY = error(
    400,
    "INVALID_ARGUMENT",
    "API key not valid. Please pass a valid API key.",
    [{"@type": INFO + "ErrorInfo", "reason": "API_KEY_INVALID"}],
)


def quota(quota_id: str, value: str = "10", delay: str | None = None) -> Play:
    details: list[dict[str, Any]] = [
        {
            "@type": INFO + "QuotaFailure",
            "violations": [{"quotaId": quota_id, "quotaValue": value}],
        }
    ]
    if delay is not None:
        details.append({"@type": INFO + "RetryInfo", "retryDelay": delay})
    return error(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota.", details)


FAULTS: dict[str, tuple[Play, str]] = {
    "bad key": (BAD_KEY, "does not accept this API key"),
    "401": (error(401, "UNAUTHENTICATED", "no"), "does not accept this API key"),
    "argument": (error(400, "INVALID_ARGUMENT", "Bad image_size"), "“Bad image_size”"),
    "location": (
        error(400, "FAILED_PRECONDITION", "User location is not supported for the API use."),
        "at your location",
    ),
    "billing": (
        error(400, "FAILED_PRECONDITION", "Please enable billing on your project."),
        "no billing",
    ),
    "403": (error(403, "PERMISSION_DENIED", "Generative Language API is off"), "may not use"),
    "leaked": (
        error(403, "PERMISSION_DENIED", "Your API key was reported as leaked. Use another one."),
        "Make a new key",
    ),
    "404": (error(404, "NOT_FOUND", "models/x is not found"), "knows no model"),
    "no billing at all": (quota("PerDayPerProject-FreeTier", "0"), "no billing"),
    "limit: 0": (error(429, "RESOURCE_EXHAUSTED", "limit: 0, model: x"), "no billing"),
    "per day": (quota("GenerateRequestsPerDayPerProjectPerModel"), "for today are used up"),
    "502": (says(b"<html>Bad Gateway</html>", 502, Content_Type="text/html"), "(error 502)"),
    "redirect": (
        says(b"", 307, Location="http://127.0.0.2:9/steal"),
        "pointed to another address",
    ),
    "truncated": (server.truncates, "broke off"),
    "reset": (server.resets, "broke off"),
    "closed": (server.closes, "broke off"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_that_trying_again_cannot_mend_is_said_at_once(
    service: Service, gemini: Make, photo: Photo, case: str
) -> None:
    play, words = FAULTS[case]
    service.play(play)
    assert words in sentence(gemini, photo)
    assert len(service.seen) == 1


@pytest.mark.parametrize(
    "play",
    [
        quota("PerMinute", delay="0.1s"),
        error(429, "RESOURCE_EXHAUSTED", "slow down", Retry_After="0"),
        error(503, "UNAVAILABLE", "overloaded", Retry_After="0"),
        error(500, "INTERNAL", "oh", [{"@type": INFO + "RetryInfo", "retryDelay": "0s"}]),
        error(
            504, "DEADLINE_EXCEEDED", "late", [{"@type": INFO + "RetryInfo", "retryDelay": "0s"}]
        ),
    ],
    ids=["429 info", "429 header", "503", "500", "504"],
)
def test_a_passing_fault_is_tried_again_twice_at_most(
    service: Service, gemini: Make, photo: Photo, play: Play
) -> None:
    service.play(play, play, GOOD)
    assert gemini(cache=False)(photo).values.max() > 0.9
    assert len(service.seen) == 3
    service.seen.clear()
    service.play(play)
    text = sentence(gemini, photo, cache=False)
    assert len(service.seen) == 3
    assert "again" in text


def test_it_waits_as_long_as_the_service_asks(service: Service, gemini: Make, photo: Photo) -> None:
    steps: list[str] = []
    service.play(quota("PerMinute", delay="1.2s"), GOOD)
    began = time.monotonic()
    gemini(progress=lambda step, *_: steps.append(step))(photo)
    assert time.monotonic() - began >= 1.2
    assert any("to try again" in step for step in steps)
    assert "Waiting for Gemini" in steps


def test_a_wait_longer_than_there_is_time_is_said_instead(
    service: Service, gemini: Make, photo: Photo
) -> None:
    service.play(quota("PerMinute", delay="300s"))
    assert "Try again in 300 s" in sentence(gemini, photo)
    assert len(service.seen) == 1


def test_a_model_of_another_version_is_asked_for_there(
    service: Service, gemini: Make, photo: Photo
) -> None:
    missing = error(
        404, "NOT_FOUND", "models/gemini-3-pro-image is not found for API version v1, or is not"
    )
    service.play(missing, GOOD)
    gemini("nano-banana-pro")(photo)
    assert [seen.path.split("/")[1] for seen in service.seen] == ["v1", "v1beta"]
    service.play(missing)
    assert "knows no model" in sentence(gemini, photo, fresh=True)


@pytest.mark.parametrize("play", [server.waits, server.stalls, server.trickles])
def test_an_answer_that_does_not_come_is_given_up_and_not_paid_for_twice(
    service: Service, gemini: Make, photo: Photo, play: Play
) -> None:
    service.play(play)
    text = sentence(gemini, photo, timeout_s=0.5)
    assert "may have been made and charged" in text
    assert len(service.seen) == 1
    assert service.gone.wait(5), "the connection stays open"


def test_it_can_be_stopped_at_any_moment(service: Service, gemini: Make, photo: Photo) -> None:
    class EnoughError(Exception):
        pass

    def progress(step: str, elapsed_s: float, limit_s: float) -> None:
        assert step == "Waiting for Gemini"
        assert limit_s == 20
        if elapsed_s > 0.3:
            raise EnoughError

    service.play(server.waits)
    began = time.monotonic()
    with pytest.raises(EnoughError):
        gemini(progress=progress)(photo)
    assert time.monotonic() - began < 5
    assert service.gone.wait(5), "the connection stays open"


def test_nobody_there_is_a_sentence(gemini: Make, photo: Photo) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    text = sentence(gemini, photo, base_url=f"http://127.0.0.1:{port}", timeout_s=1)
    assert "cannot be reached" in text


# The key


def test_without_a_key_nothing_is_sent(
    service: Service, gemini: Make, photo: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.play(GOOD)
    for key in (None, "", "  "):
        assert "no API key" in sentence(gemini, photo, api_key=key)
    with pytest.raises(DepthError, match="This is no API key"):
        gemini(api_key="two words\nétranges")
    assert not service.seen
    monkeypatch.setenv("GOOGLE_API_KEY", f" {KEY}2 ")
    gemini(api_key=None)(photo)
    monkeypatch.setenv("GEMINI_API_KEY", f"{KEY}3")
    gemini(api_key=None, fresh=True)(photo)
    gemini(fresh=True)(photo)
    keys = [seen.headers["x-goog-api-key"] for seen in service.seen]
    assert keys == [f"{KEY}2", f"{KEY}3", KEY]


def test_the_environment_does_not_switch_the_service(
    service: Service, gemini: Make, photo: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOGLE_GENAI_USE_VERTEXAI", "true")
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "someone")
    service.play(GOOD)
    gemini()(photo)
    assert service.seen[0].path.startswith("/v1/models/")


def test_vertex_on_request(service: Service, gemini: Make, photo: Photo) -> None:
    service.play(GOOD)
    gemini(vertexai=True)(photo)
    (seen,) = service.seen
    assert "publishers/google/models/gemini-nano-banana-2.1:generateContent" in seen.path
    options = seen.body["generationConfig"]["imageConfig"]
    assert options["imageOutputOptions"]["mimeType"] == "image/png"


def test_the_key_is_nowhere_to_be_seen(
    service: Service,
    gemini: Make,
    photo: Photo,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Not in errors that quote it, logs, reprs, pickles, copies, caches, pages or notebooks."""
    caplog.set_level(logging.DEBUG)
    shown: list[str] = []
    echo = error(400, "INVALID_ARGUMENT", f"API {KEY} is bad", [{"key": KEY}])
    plays = [echo, says(answer({"text": f"Your key is {KEY}"})), error(403, "X", f"{KEY}")]
    plays += [play for play, _ in FAULTS.values()]
    for play in plays:
        service.play(play)
        try:
            gemini()(photo)
        except DepthError as caught:
            shown.append("".join(traceback.format_exception(caught)))
            shown.append(repr(caught) + repr(caught.args))
    service.play(GOOD)
    provider = gemini()
    relief = Relief.from_photo(photo.image(), provider=provider)
    shown += [repr(provider), str(provider), repr(vars(provider)), repr(relief.source)]
    shown += [repr(relief.depth_map), str(provider.__getstate__())]
    assert KEY not in pickle.dumps(pickle.loads(pickle.dumps(provider))).decode("latin1")  # noqa: S301 - its own
    assert copy.deepcopy(provider.api_key) is provider.api_key
    relief.to_html(tmp_path / "relief.html")
    relief.save(tmp_path / "relief.stl")
    relief.save(tmp_path / "relief.depth.png")
    for path in tmp_path.rglob("*"):
        if path.is_file():
            shown.append(path.read_bytes().decode("latin1"))
    out = capfd.readouterr()
    shown += [caplog.text, out.out, out.err]
    assert len(shown) > 30
    for text in shown:
        assert KEY not in text


# Cost


def test_the_cost_is_estimated_before_and_known_after(
    service: Service, gemini: Make, photo: Photo
) -> None:
    assert str(gemini(size="2K").estimate(photo)) == "about $0.05"
    assert str(gemini(size="1K").estimate(photo)) == "about $0.04"
    assert str(gemini("nano-banana-pro", size="4K").estimate()) == "about $0.27"
    assert str(gemini("gemini-edit", size="2K").estimate(photo)) == "about $0.11"
    assert gemini("gemini-of-tomorrow").estimate(photo) is None
    before, calls = spending.total.dollars, spending.calls
    usage = {
        "promptTokenCount": 1400,
        "candidatesTokenCount": 1720,
        "thoughtsTokenCount": 300,
        "candidatesTokensDetails": [
            {"modality": "IMAGE", "tokenCount": 1680},
            {"modality": "TEXT", "tokenCount": 40},
        ],
    }
    service.play(says(answer(blob(DEPTH), usage=usage)))
    result = gemini(size="2K")(photo)
    dollars = (1400 * 1.5 + 1680 * 30 + (40 + 300) * 7.5) / 1e6
    assert result.origin["cost"] == f"${dollars:.2f}"
    assert spending.calls == calls + 1
    assert spending.total.dollars - before == pytest.approx(dollars)
    assert "in this session" in str(spending)
    # An answer without a picture is paid for all the same, by the service's own account.
    service.play(says(answer({"text": "no"}, usage={"promptTokenCount": 1000})))
    sentence(gemini, photo, fresh=True)
    assert spending.total.dollars - before == pytest.approx(dollars + 0.0015)


def test_the_same_request_is_paid_for_once(service: Service, gemini: Make, photo: Photo) -> None:
    service.play(GOOD)
    first = gemini()(photo)
    spent = spending.calls
    again = gemini(api_key=None)(open_photo(np.array(photo.pixels)))
    np.testing.assert_array_equal(again.values, first.values)
    assert len(service.seen) == 1
    assert spending.calls == spent
    assert str(gemini().estimate(photo)) == "$0.000"
    for other in (
        {"size": "2K"},
        {"model": "nano-banana-pro"},
        {"subject": "a ball"},
        {"thinking": "high"},
        {"fresh": True},
    ):
        seen = len(service.seen)
        gemini(**other)(photo)
        assert len(service.seen) == seen + 1, other
    seen = len(service.seen)
    gemini()(photo, "organic")
    pixels = np.array(photo.pixels)
    pixels[100:130, 100:130] = 255
    gemini()(open_photo(pixels))
    assert len(service.seen) == seen + 2
    gemini(cache=False)(photo)
    gemini(cache=False)(photo)
    assert len(service.seen) == seen + 4


def test_a_damaged_cache_is_as_if_it_were_empty(
    service: Service, gemini: Make, photo: Photo, tmp_path: Path
) -> None:
    service.play(GOOD)
    gemini()(photo)
    (kept,) = (tmp_path / "answers").iterdir()
    whole = kept.read_bytes()
    for damaged in (b"", whole[:50], whole[:-7], whole.replace(b'"model"', b'"mode"'), b"\0" * 99):
        kept.write_bytes(damaged)
        seen = len(service.seen)
        assert gemini()(photo).values.max() > 0.9
        assert len(service.seen) == seen + (damaged != whole.replace(b'"model"', b'"mode"'))
    assert kept.read_bytes() == whole
    kept.unlink()
    kept.mkdir()
    result = gemini()(photo)
    assert result.report is not None
    assert any("could not be kept" in warning for warning in result.report.warnings)


def test_faults_and_damaged_pictures_are_not_kept(
    service: Service, gemini: Make, photo: Photo, tmp_path: Path
) -> None:
    for play in (BAD_KEY, says(answer(blob(DEPTH[:1000])))):
        service.play(play)
        sentence(gemini, photo)
    folder = tmp_path / "answers"
    assert not folder.exists() or not list(folder.iterdir())


# Use


def test_settings_and_masks_do_not_ask_again(service: Service, gemini: Make, photo: Photo) -> None:
    service.play(GOOD)
    relief = Relief.from_photo(photo.image(), provider=gemini(cache=False), style="organic")
    assert relief.replace(smoothing=5, depth_intensity=0.2).heights.max() == 1
    assert relief.replace_mask(np.ones((300, 400))).heights.max() == 1
    assert len(service.seen) == 1
    assert relief.depth_map is not None
    assert relief.depth_map.style == "organic"
    assert relief.depth_map.origin["model"] == "gemini-nano-banana-2.1"


def test_one_provider_serves_several_threads(service: Service, gemini: Make) -> None:
    service.play(GOOD)
    provider = gemini()

    def work(level: int) -> DepthMap:
        pixels = np.full((90, 120, 3), level, np.uint8)
        pixels[30:60, 30:60] = 255 - level
        return provider(open_photo(pixels))

    with ThreadPoolExecutor(6) as pool:
        # What one of them raises is raised here.
        results = list(pool.map(work, range(0, 120, 20)))
    assert len(results) == len(service.seen) == 6
