"""Damaged frames of a websocket: each is a message or none, at once, whatever it says of itself."""

from __future__ import annotations

import json
import os
import time

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relief_widget.serve.frames import V1, BadFrameError, check_frame
from tests.support.visitor import frame

CHANNELS = ("shell", "iopub", "control", "stdin")
# A number of seconds asks for so many thousand more.
MORE = float(os.environ.get("RELIEF_WIDGET_FUZZ_SECONDS", "0"))
HEADER = json.dumps({"msg_id": "1", "msg_type": "comm_msg"}).encode()
SEED = frame("shell", HEADER, b"{}", b"{}", b'{"comm_id": "x"}', b"\x00" * 40)
OLDER = (
    '{"channel": "shell", "header": {"msg_id": "1", "msg_type": "x"}, '
    '"parent_header": {}, "metadata": {}, "content": {}}'
)

EXTREMES = st.sampled_from([0, 1, 7, 8, 2**31 - 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1])
WORDS = st.one_of(EXTREMES, st.integers(0, 2**64 - 1)).map(lambda word: word.to_bytes(8, "little"))


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A good frame, with some of its words replaced and some of its end cut off."""
    data = bytearray(SEED)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data) - 8))
        at -= at % 8 if draw(st.booleans()) else 0
        data[at : at + 8] = draw(WORDS)
    return bytes(data[: draw(st.integers(0, len(data)))])


def told(data: object, protocol: str | None) -> bool:
    started = time.perf_counter()
    try:
        check_frame(data, protocol, CHANNELS)
    except BadFrameError:
        return False
    finally:
        assert time.perf_counter() - started < 1
    return True


@settings(
    max_examples=150 + int(MORE * 1000),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(st.one_of(damaged(), st.binary(max_size=200), st.text(max_size=80), st.none()))
def test_a_damaged_frame_is_a_message_or_none(data: object) -> None:
    told(data, V1)
    told(data, None)


def test_good_frames_are_messages() -> None:
    assert told(SEED, V1)
    assert told(OLDER, None)
    assert told(b"\x00\x00\x00\x01\x00\x00\x00\x08" + OLDER.encode(), None)
