from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

from relief_widget.widgets.messages import PART_BYTES
from relief_widget.widgets.upload import Upload
from tests.support.comm import Comm, tell

Sent = list[dict[str, Any]]


@pytest.fixture
def upload(monkeypatch: pytest.MonkeyPatch) -> Upload:
    upload = Upload(examples=[{"name": "cat.jpg", "label": "Cat", "picture": "UklGR"}])
    monkeypatch.setattr(upload, "send", lambda content, _buffers=None: sent(upload).append(content))
    upload.files = []
    upload.sent = []
    upload.on_file(lambda name, data: upload.files.append((name, data)))
    return upload


def sent(upload: Upload) -> Sent:
    messages: Sent = upload.sent
    return messages


def browser(upload: Upload, content: Any, *buffers: Any) -> None:
    """Deliver a message as the comm does; nothing may escape from there."""
    tell(upload, content, *buffers)


def begin(upload: Upload, size: Any, name: Any = "cat.jpg", **more: Any) -> None:
    browser(upload, {"kind": "begin", "id": "a", "name": name, "size": size, "type": "", **more})


def part(upload: Upload, index: Any, *buffers: Any, file_id: Any = "a") -> None:
    browser(upload, {"kind": "part", "id": file_id, "index": index}, *buffers)


def refusals(upload: Upload) -> list[str]:
    return [message["message"] for message in sent(upload) if message["kind"] == "refused"]


def test_a_photo_of_several_parts_arrives_whole(upload: Upload) -> None:
    data = hashlib.shake_256(b"photo").digest(2 * PART_BYTES + 7)
    begin(upload, len(data), shrunk=True)
    for index in range(3):
        piece = data[index * PART_BYTES : (index + 1) * PART_BYTES]
        part(upload, index, memoryview(piece))
        assert sent(upload)[-1] == {"kind": "ack", "id": "a", "index": index}
        assert len(upload.files) == (index == 2)
    assert upload.files == [("cat.jpg", data)]
    assert type(upload.files[0][1]) is bytes
    assert upload.shrunk


@pytest.mark.parametrize(
    ("sent_with", "taken"),
    [('{"smoothing": 2}', '{"smoothing": 2}'), (None, ""), (3, ""), ("x" * 100_000, "")],
)
def test_settings_come_with_the_file_that_they_belong_to(
    upload: Upload, sent_with: Any, taken: str
) -> None:
    begin(upload, 1, settings='{"smoothing": 9}')
    part(upload, 0, b"x")
    begin(upload, 1, settings=sent_with)
    part(upload, 0, b"y")
    assert upload.settings == taken


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd.png", "passwd.png"),
        ("C:\\photos\\cat.jpg", "cat.jpg"),
        ("a\x00b\n.jpg", "ab.jpg"),
        ("..", "photo"),
        ("", "photo"),
        ("x" * 500 + ".jpeg", "x" * 115 + ".jpeg"),
        ("x." + "y" * 500, "x." + "y" * 15),
        ("Müller 1.HEIC", "Müller 1.HEIC"),
    ],
)
def test_names_are_made_safe(upload: Upload, name: str, safe: str) -> None:
    begin(upload, 1, name)
    part(upload, 0, b"x")
    assert upload.files == [(safe, b"x")]


@pytest.mark.parametrize("size", [0, -1, 1.5, True, None, "3", 10**30])
def test_a_size_that_cannot_be_is_refused(upload: Upload, size: Any) -> None:
    begin(upload, size)
    part(upload, 0, b"xxx")
    assert len(refusals(upload)) == 2
    assert upload.files == []


def test_a_file_over_the_limit_is_refused_with_the_sizes(upload: Upload) -> None:
    upload.max_bytes = 2_000_000
    begin(upload, 3_500_000)
    assert refusals(upload) == [
        "The photo has 3.5 MB; the limit is 2.0 MB. Save it smaller and choose it again."
    ]


def _out_of_order(upload: Upload) -> None:
    part(upload, 1, bytes(PART_BYTES))


def _twice(upload: Upload) -> None:
    part(upload, 0, bytes(PART_BYTES))
    part(upload, 0, bytes(PART_BYTES))


def _short(upload: Upload) -> None:
    part(upload, 0, bytes(5))


def _too_much(upload: Upload) -> None:
    part(upload, 0, bytes(PART_BYTES))
    part(upload, 1, bytes(PART_BYTES))


def _no_buffer(upload: Upload) -> None:
    part(upload, 0)


def _two_buffers(upload: Upload) -> None:
    part(upload, 0, bytes(PART_BYTES), bytes(PART_BYTES))


def _not_bytes(upload: Upload) -> None:
    part(upload, 0, "text")


def _no_index(upload: Upload) -> None:
    part(upload, None, bytes(PART_BYTES))


def _true_as_index(upload: Upload) -> None:
    part(upload, False, bytes(PART_BYTES))


@pytest.mark.parametrize(
    "break_it",
    [
        _out_of_order,
        _twice,
        _short,
        _too_much,
        _no_buffer,
        _two_buffers,
        _not_bytes,
        _no_index,
        _true_as_index,
    ],
)
def test_a_broken_transfer_ends_with_a_sentence(
    upload: Upload, break_it: Callable[[Upload], None]
) -> None:
    begin(upload, PART_BYTES + 5)
    break_it(upload)
    assert len(refusals(upload)) == 1
    # The transfer is over: what was missing does not complete it.
    part(upload, 0, bytes(PART_BYTES))
    part(upload, 1, bytes(5))
    assert upload.files == []
    begin(upload, 1)
    part(upload, 0, b"x")
    assert upload.files == [("cat.jpg", b"x")]


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        "begin",
        {},
        {"kind": "part"},
        {"kind": ["begin"], "id": "a"},
        {"kind": "part", "id": 3, "index": 0},
        {"kind": "part", "id": "x" * 10_000, "index": 0},
        {"kind": "begin", "id": {}, "name": "x", "size": 1},
        {"kind": "example"},
        {"kind": "example", "name": ["cat.jpg"]},
    ],
)
def test_malformed_messages_change_nothing(
    upload: Upload, content: Any, caplog: pytest.LogCaptureFixture
) -> None:
    begin(upload, 1)
    browser(upload, content)
    part(upload, 0, b"x")
    assert upload.files == [("cat.jpg", b"x")]
    assert sent(upload) == [{"kind": "ack", "id": "a", "index": 0}]
    assert caplog.text == ""


def test_a_part_of_another_upload_leaves_the_one_under_way(upload: Upload) -> None:
    begin(upload, 1)
    part(upload, 0, b"y", file_id="other")
    assert len(refusals(upload)) == 1
    browser(upload, {"kind": "cancel", "id": "other"})
    part(upload, 0, b"x")
    assert upload.files == [("cat.jpg", b"x")]


def test_a_cancelled_upload_is_forgotten(upload: Upload) -> None:
    begin(upload, 1)
    browser(upload, {"kind": "cancel", "id": "a"})
    part(upload, 0, b"x")
    assert upload.files == []


def test_a_new_file_takes_the_place_of_the_one_under_way(upload: Upload) -> None:
    begin(upload, 2)
    browser(upload, {"kind": "begin", "id": "b", "name": "dog.jpg", "size": 1})
    part(upload, 0, b"xx")
    part(upload, 0, b"x", file_id="b")
    assert upload.files == [("dog.jpg", b"x")]


def test_clear_forgets_the_upload_and_tells_the_browser(upload: Upload) -> None:
    begin(upload, 1)
    upload.status = "Something"
    upload.clear()
    assert sent(upload) == [{"kind": "clear"}]
    assert upload.status == ""
    part(upload, 0, b"x")
    assert upload.files == []


def test_an_exception_in_a_callback_loses_no_acknowledgement(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_args: object) -> None:
        raise ValueError("of the user")

    failing = Upload()
    failing.sent = []
    failing.send = lambda content, _buffers=None: failing.sent.append(content)
    arrived: list[str] = []
    failing.on_start(fail)
    failing.on_file(fail)
    failing.on_file(lambda name, _data: arrived.append(name))
    begin(failing, 1)
    part(failing, 0, b"x")
    assert sent(failing) == [{"kind": "ack", "id": "a", "index": 0}]
    assert arrived == ["cat.jpg"]
    assert "of the user" in caplog.text


def test_start_and_examples_are_told(upload: Upload) -> None:
    told: list[str] = []
    upload.on_start(lambda name: told.append(f"start {name}"))
    upload.on_example(lambda name: told.append(f"example {name}"))
    begin(upload, 1, "a/b.png")
    browser(upload, {"kind": "example", "name": "cat.jpg"})
    browser(upload, {"kind": "example", "name": "../secret"})
    assert told == ["start b.png", "example cat.jpg"]


def test_the_browser_sets_its_status_and_nothing_else(upload: Upload) -> None:
    state = {"status": "photo.jpg is empty.", "max_bytes": 10**12, "examples": []}
    Comm(upload).update(state)
    assert upload.status == "photo.jpg is empty."
    assert upload.max_bytes == 60_000_000
    assert len(upload.examples) == 1
