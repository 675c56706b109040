"""Depth maps that are asked for, in the app: what is sent, kept, compared and chosen."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ipywidgets.embed import embed_data
from PIL import Image
from playwright.sync_api import expect

from relief_widget import Relief, ReliefApp
from relief_widget.app.permission import VARIABLE, Permission
from tests.support import gemini_server as server
from tests.support.browser import OfflinePage
from tests.support.comm import tell
from tests.support.gemini_server import (
    Handler,
    Service,
    answer,
    blob,
    encoded,
    error,
    gemini_server,
    says,
)
from tests.support.onnx_models import grey_net
from tests.support.servers import Server, voila
from tests.support.studio_page import PATIENCE_MS, StudioPage

KEY = "AIzaSyTestOnly-typed-by-a-visitor"


def plays_depth(handler: Handler) -> None:
    """Answer with a dome where the photo is bright: another picture for another photo."""
    picture = handler.service.seen[-1].pictures()[0].convert("L")
    values = np.asarray(picture.resize((picture.width // 4, picture.height // 4)), np.float32)
    bright = values > 150
    y, x = np.mgrid[: values.shape[0], : values.shape[1]]
    middle = (y[bright].mean(), x[bright].mean()) if bright.any() else (0.0, 0.0)
    away = np.hypot(y - middle[0], x - middle[1]) / max(1.0, np.sqrt(bright.sum() / np.pi))
    dome = np.sqrt(np.clip(1 - away**2, 0, 1))
    image = Image.fromarray(np.rint(dome * 255).astype(np.uint8)).resize(picture.size)
    usage = {
        "promptTokenCount": 1400,
        "candidatesTokenCount": 1680,
        "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1680}],
    }
    says(answer(blob(encoded(image)), usage=usage))(handler)


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Service]:
    for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("RELIEF_WIDGET_CACHE", str(tmp_path / "answers"))
    with gemini_server() as made:
        monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", made.url)
        made.play(plays_depth)
        yield made


@pytest.fixture
def photo() -> Image.Image:
    y, x = np.mgrid[:180, :240]
    disc = np.hypot(x - 90, y - 80) < 50
    grey = np.where(disc, 200.0, 60.0) + 8 * np.sin(x / 5.0)
    # The grain of a photo: two even tones would be a drawing.
    grey += np.random.default_rng(0).normal(0, 10, grey.shape)
    return Image.fromarray(np.dstack([grey, grey * 0.9, grey * 0.8]).astype(np.uint8))


@pytest.fixture
def app(photo: Image.Image, service: Service) -> ReliefApp:
    del service
    return ReliefApp(photo)


def relief_of(app: ReliefApp) -> Relief:
    assert app.relief is not None
    return app.relief


def give_key(app: ReliefApp, key: str = KEY) -> None:
    tell(app.ai.key, {"kind": "key", "key": key})


def generate(app: ReliefApp) -> Relief:
    app.source.source.value = "gemini"
    app.ai.button.click()
    return relief_of(app)


def test_nothing_is_sent_until_it_is_asked_for(app: ReliefApp, service: Service) -> None:
    before = relief_of(app)
    give_key(app)
    app.source.source.value = "gemini"
    assert relief_of(app) is before
    assert "Generate" in app.frame.status
    assert app.ai.button.description == "Generate (about $0.05)"
    app.ai.fields["gemini", "model"].value = "nano-banana-pro"
    app.ai.fields["gemini", "size"].value = "4K"
    assert app.ai.button.description == "Generate (about $0.27)"
    app.ai.fields["gemini", "model"].value = "nano-banana-2-lite"
    assert app.ai.fields["gemini", "size"].options == (("1K", "1K"),)
    app.ai.fields["gemini", "subject"].value = "a ball"
    assert not service.seen


def test_a_generated_map_keeps_the_settings(app: ReliefApp, service: Service) -> None:
    app.controls.widgets["depth_intensity"].value = 0.2
    app.controls.widgets["smoothing"].value = 2.0
    give_key(app)
    app.source.source.value = "gemini"
    app.ai.style.value = "organic"
    app.ai.fields["gemini", "subject"].value = "a ball"
    app.ai.button.click()
    depth_map = relief_of(app).depth_map
    assert depth_map is not None
    assert app.frame.error == ""
    assert depth_map.origin["model"] == "gemini-nano-banana-2.1"
    assert depth_map.style == "organic"
    assert service.seen[0].headers["x-goog-api-key"] == KEY
    assert "The subject is a ball." in service.seen[0].words
    settings = relief_of(app).settings
    assert (settings.depth_intensity, settings.smoothing) == (0.2, 2.0)
    assert app.source.source.value == "gemini"
    # Every control goes on without another request.
    app.controls.widgets["smoothing"].value = 6.0
    app.session.paint(np.ones((180, 240), np.float32))
    assert relief_of(app).depth_map is not depth_map
    app.session.make("coin")
    app.header.undo.click()
    assert len(service.seen) == 1


def test_maps_can_be_generated_again_compared_and_chosen(app: ReliefApp, service: Service) -> None:
    first = relief_of(app).depth_map
    give_key(app)
    second = generate(app).depth_map
    assert app.ai.button.description == "Use the kept answer"
    service.play(says(answer(blob(encoded(np.tile(np.arange(1200) // 5, (896, 1)).astype("u1"))))))
    app.ai.again.click()
    third = relief_of(app).depth_map
    assert len(service.seen) == 2
    assert first is not None
    assert second is not None
    assert third is not None
    assert np.abs(second.values - third.values).max() > 0.5
    tiles = [version.source.depth_map for version in app.session.versions]
    assert tiles == [first, second, third]
    buttons = app.maps.buttons
    assert [button.description for button in buttons] == ["Use", "Use", "In use"]
    buttons[1].click()
    assert relief_of(app).depth_map is second
    assert [button.description for button in buttons] == ["Use", "In use", "Use"]
    app.header.undo.click()
    assert relief_of(app).depth_map is third
    buttons[0].click()
    assert app.source.source.value == "detailed"


def test_another_photo_is_not_sent_by_itself(
    app: ReliefApp, service: Service, photo: Image.Image, tmp_path: Path
) -> None:
    give_key(app)
    generate(app)
    photo.rotate(180).save(tmp_path / "other.png")
    app.session.open((tmp_path / "other.png").read_bytes(), "other.png")
    assert len(service.seen) == 1
    assert app.source.source.value == "detailed"
    assert len(app.maps.buttons) == 1


def test_a_crop_cuts_the_map_that_was_paid_for(app: ReliefApp, service: Service) -> None:
    give_key(app)
    whole = generate(app).depth_map
    assert whole is not None
    rows, cols = whole.values.shape
    app.session.crop(crop=(0.25, 0.0, 0.75, 0.5))
    cut = relief_of(app).depth_map
    assert cut is not None
    expected = whole.values[: rows // 2, round(cols * 0.25) : round(cols * 0.75)]
    np.testing.assert_allclose(cut.values[:100, :100], expected[:100, :100], atol=1e-6)
    assert relief_of(app).photo is not None
    app.session.crop(turns=1, crop=(0.0, 0.25, 0.5, 0.75))
    turned = relief_of(app).depth_map
    assert turned is not None
    np.testing.assert_array_equal(turned.values, np.rot90(cut.values))
    app.session.crop(crop=(0.0, 0.0, 1.0, 1.0))
    assert "does not reach" in app.frame.error
    assert relief_of(app).depth_map is turned
    assert len(service.seen) == 1


@pytest.mark.parametrize(
    ("play", "words"),
    [
        (error(400, "INVALID_ARGUMENT", "API key not valid."), "does not accept this API key"),
        (says(answer({"text": "I would rather not."})), "I would rather not"),
        (server.truncates, "broke off"),
    ],
)
def test_a_failure_is_a_sentence_and_the_last_relief_stays(
    app: ReliefApp, service: Service, play: server.Play, words: str
) -> None:
    give_key(app)
    before = relief_of(app)
    service.play(play)
    assert generate(app) is before
    assert words in app.frame.error
    assert app.frame.status.endswith("ready")
    assert not app.ai.button.disabled
    # To be asked again.
    assert app.source.source.value == "gemini"


def test_without_a_key_it_says_where_to_get_one(app: ReliefApp, service: Service) -> None:
    generate(app)
    assert "no API key" in app.frame.error
    assert "Paste yours into the field API key" in app.frame.error
    assert "_" not in app.frame.error
    # Where it is asked for.
    assert app.source.source.value == "gemini"
    assert app.ai.element.layout.display == ""
    give_key(app, "two words")
    assert "no API key" in app.ai.key.problem
    assert not service.seen
    give_key(app)
    assert app.ai.key.problem == ""
    assert app.ai.key.own
    tell(app.ai.key, {"kind": "forget"})
    generate(app)
    assert "no API key" in app.frame.error
    assert not service.seen


def test_it_can_be_stopped(photo: Image.Image, service: Service) -> None:
    async def session() -> ReliefApp:
        app = ReliefApp(photo)
        async with asyncio.timeout(60):
            while not app.frame.status.endswith("ready"):
                await asyncio.sleep(0.01)
            give_key(app)
            service.play(server.waits)
            app.source.source.value = "gemini"
            app.ai.button.click()
            while not re.match(r"Waiting for Gemini: \d+ s, at most 180 s", app.frame.status):
                await asyncio.sleep(0.01)
            while not service.seen:
                await asyncio.sleep(0.01)
            assert app.ai.stop.layout.display == ""
            app.ai.stop.click()
            while not app.frame.status.endswith("ready"):
                await asyncio.sleep(0.01)
        return app

    app = asyncio.run(session())
    assert "was stopped" in app.frame.error
    assert app.ai.stop.layout.display == "none"
    assert relief_of(app).heights.max() == 1
    assert service.gone.wait(5)


def test_the_key_is_in_no_widgets_state(app: ReliefApp, service: Service) -> None:
    give_key(app)
    generate(app)
    service.play(error(403, "PERMISSION_DENIED", f"{KEY} may not"))
    app.ai.again.click()
    assert "may not use" in app.frame.error
    state = json.dumps(embed_data(views=[app]), default=str)
    assert "Set for this session" in state
    assert KEY not in state


@pytest.fixture(scope="module")
def shared_server(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Server, Service]]:
    patch = pytest.MonkeyPatch()
    with gemini_server() as service:
        for name in ("GEMINI_API_KEY", "GOOGLE_API_KEY"):
            patch.delenv(name, raising=False)
        patch.setenv("NO_PROXY", "127.0.0.1")
        patch.setenv("GOOGLE_GEMINI_BASE_URL", service.url)
        patch.setenv("RELIEF_WIDGET_CACHE", str(tmp_path_factory.mktemp("answers")))
        with voila(tmp_path_factory.mktemp("voila")) as running:
            patch.undo()
            yield running, service


@pytest.mark.xdist_group("browser")
def test_a_visitor_generates_a_depth_map(
    page_offline: OfflinePage,
    shared_server: tuple[Server, Service],
    photo: Image.Image,
    tmp_path: Path,
) -> None:
    running, service = shared_server
    page = page_offline.page
    page.set_viewport_size({"width": 1280, "height": 1400})
    frames: list[str] = []
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda data: frames.append(str(data))),
    )
    page.goto(running.url)
    studio = StudioPage(page)
    path = tmp_path / "ball.png"
    photo.save(path)
    studio.upload(path)
    page.get_by_label("Source", exact=True).select_option(label="AI depth: Gemini")
    service.play(plays_depth)
    field = page.get_by_label("API key", exact=True)
    field.fill(KEY)
    field.press("Enter")
    expect(page.get_by_text("Set for this session")).to_be_visible(timeout=PATIENCE_MS)
    expect(field).to_be_hidden()
    press = page.get_by_role("button", name="Generate (about $0.05)")
    assert studio.changes(press.click) > 0.01
    expect(page.get_by_role("button", name="Use the kept answer")).to_be_visible()
    page.get_by_role("tab", name="Depth maps").click()
    expect(page.get_by_text("Nano Banana 2 2K, detailed · $0.05")).to_be_visible()
    other = page.get_by_role("button", name="Use Shape estimate, detailed")
    assert studio.changes(other.click) > 0.01
    assert len(service.seen) == 1
    assert service.seen[0].headers["x-goog-api-key"] == KEY
    assert KEY not in page.content()
    assert page.locator(f'input[value="{KEY}"]').count() == 0
    assert not any(KEY in frame for frame in frames)

    service.play(error(429, "RESOURCE_EXHAUSTED", "limit: 0"))
    page.get_by_role("tab", name="Settings", exact=True).click()
    page.get_by_label("Source", exact=True).select_option(label="AI depth: Gemini")
    page.get_by_role("button", name="Generate again").click()
    expect(page.get_by_role("alert").filter(has_text="no billing")).to_be_visible(
        timeout=PATIENCE_MS
    )
    studio.ready()
    service.play(server.waits)
    page.get_by_label("Source", exact=True).select_option(label="AI depth: Gemini")
    page.get_by_role("button", name="Generate again").click()
    expect(studio.status).to_have_text(re.compile("Waiting for Gemini"), timeout=PATIENCE_MS)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text="was stopped")).to_be_visible(
        timeout=PATIENCE_MS
    )
    studio.ready()
    page_offline.allow("favicon")


def test_a_local_model_needs_no_key_and_no_network(app: ReliefApp, tmp_path: Path) -> None:
    path = grey_net(tmp_path / "grey.onnx")
    before = relief_of(app)
    app.source.source.value = "onnx"
    assert "fetched once" in app.ai.note.value
    assert "Apache-2.0" in app.ai.note.value
    assert app.ai.button.description == "Download and generate"
    app.ai.fields["onnx", "variant"].value = "fp16"
    assert "49.6 MB" in app.ai.note.value
    app.ai.fields["onnx", "model"].value = "onnx-community/depth-anything-v3-small"
    assert "no variant 'fp16'" in app.ai.note.value
    app.ai.fields["onnx", "variant"].value = None
    assert "Depth Anything 3 Small: Apache-2.0, 105.3 MB" in app.ai.note.value
    app.ai.fields["onnx", "model"].value = str(tmp_path / "none.onnx")
    assert "none.onnx" in app.ai.note.value
    assert app.ai.button.disabled
    app.ai.fields["onnx", "model"].value = str(path)
    app.ai.button.click()
    assert "which kind" in app.frame.error
    assert relief_of(app) is before
    app.source.source.value = "onnx"
    app.ai.fields["onnx", "model"].value = str(path)
    app.ai.fields["onnx", "kind"].value = "depth-anything-v2"
    app.ai.fields["onnx", "side"].value = 504
    assert app.ai.button.description == "Generate"
    assert relief_of(app) is before
    app.ai.button.click()
    assert app.frame.error == ""
    depth_map = relief_of(app).depth_map
    assert depth_map is not None
    assert depth_map.origin["provider"] == "OnnxModel"
    assert depth_map.report is not None
    assert str(tmp_path) not in repr(dict(depth_map.origin))
    assert len(app.maps.buttons) == 2


def served(monkeypatch: pytest.MonkeyPatch, **permission: Any) -> None:
    """Let the apps that follow be pages of a server for others."""
    allowed = Permission(owner=False, **permission)
    monkeypatch.setenv("GEMINI_API_KEY", "AIzaOperator")
    monkeypatch.setenv(VARIABLE, allowed.text)


def test_a_visitor_does_not_spend_the_operators_money(
    photo: Image.Image, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    served(monkeypatch)
    app = ReliefApp(photo)
    before = relief_of(app)
    assert generate(app) is before
    assert "no API key" in app.frame.error
    assert app.ai.key.present == ""
    assert not service.seen
    give_key(app)
    assert generate(app) is not before
    assert service.seen[0].headers["x-goog-api-key"] == KEY
    # Nobody learns from a quick answer what another visitor has asked.
    other = ReliefApp(photo)
    give_key(other)
    other.source.source.value = "gemini"
    assert other.ai.button.description.startswith("Generate")
    other.ai.button.click()
    assert len(service.seen) == 2
    assert other.ai.button.description == "Use the kept answer"


def test_what_the_operator_shares_has_an_end(
    photo: Image.Image, service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    served(monkeypatch, dollars=0.1, folder=str(tmp_path / "shared"))
    app = ReliefApp(photo)
    first = generate(app)
    assert service.seen[0].headers["x-goog-api-key"] == "AIzaOperator"
    assert app.ai.key.present == "From the environment"
    # Another visitor, and another process, has no more.
    other = ReliefApp(photo)
    generate(other)
    assert "used up" in other.frame.error
    assert len(service.seen) == 1
    other.ai.fields["gemini", "model"].value = "other"
    other.ai.others["gemini", "model"].value = "gemini-of-unknown-price"
    other.ai.button.click()
    assert "price" in other.frame.error
    assert relief_of(app) is first


def test_a_visitor_learns_nothing_of_the_operators_disk(
    photo: Image.Image, service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    del service
    path = grey_net(tmp_path / "grey.onnx")
    served(monkeypatch)
    app = ReliefApp(photo)
    assert "onnx" not in [value for _, value in app.source.source.options]
    said = set()
    for model in (str(path), str(tmp_path / "none.onnx"), str(tmp_path), "owner/name", ""):
        options = {"onnx": {"model": model}}
        app.session.generate(app.ai.provider, source="onnx", options=options)
        said.add(app.frame.error)
    (sentence,) = said
    assert "no local models" in sentence
    served(monkeypatch, models=(str(path),))
    app = ReliefApp(photo)
    app.source.source.value = "onnx"
    assert app.ai.fields["onnx", "model"].options == (("grey.onnx", str(path)),)
    app.session.generate(app.ai.provider, source="onnx", options={"onnx": {"model": "owner/name"}})
    assert "its own list" in app.frame.error
    app.ai.fields["onnx", "kind"].value = "depth-anything-v2"
    app.ai.button.click()
    assert app.frame.error == ""
    assert app.session.inputs.source == "onnx"
