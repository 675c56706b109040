"""What a browser may say to a kernel over the websocket, and what is no such message."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

V1 = "v1.kernel.websocket.jupyter.org"
"""The protocol whose messages are binary throughout."""

_WORD = 8
# The channel, then header, parent header, metadata and content; buffers follow.
_DICTS = 4
# All that there are of one message, files in parts and their buffers among them.
_MOST_PARTS = 1024


class BadFrameError(ValueError):
    """Not a message of the protocol."""


def check_frame(frame: object, protocol: str | None, channels: Sequence[str]) -> None:
    """Raise unless a frame is a message that the server and the kernel can read.

    A frame names the number of its parts and where they are. All are held against the frame's own
    length first, so that checking it costs no more than its length does.

    Parameters
    ----------
    frame
        As it came: bytes or text.
    protocol
        The one that was agreed on; anything but `V1` is the older one, of JSON and binary frames.
    channels
        Names that a message can be for.

    Raises
    ------
    BadFrameError
        It is none.
    """
    try:
        if protocol == V1:
            channel, dicts = _v1(frame)
        else:
            channel, dicts = _older(frame)
        header, *others = dicts
        right = (
            channel in channels
            and isinstance(header, dict)
            and all(isinstance(header.get(name), str) for name in ("msg_id", "msg_type"))
            and all(isinstance(other, dict) for other in others)
        )
    except BadFrameError:
        raise
    # A deep nest of brackets is one of the things that are no message.
    except (ValueError, TypeError, LookupError, RecursionError, struct.error) as error:
        raise BadFrameError(type(error).__name__) from None
    if not right:
        raise BadFrameError("its parts are not what they should be")


def _v1(frame: object) -> tuple[str, list[Any]]:
    """Return the channel and the first parts of a message: its length, where each begins, each."""
    if not isinstance(frame, bytes):
        raise BadFrameError("text")
    count = int.from_bytes(frame[:_WORD], "little")
    head = _WORD * (count + 1)
    # The channel and each part begin somewhere, and the last ends somewhere.
    if not _DICTS + 2 <= count <= _MOST_PARTS or head > len(frame):
        raise BadFrameError("the number of its parts")
    offsets = struct.unpack_from(f"<{count}Q", frame, _WORD)
    _check_order((head, *offsets, len(frame)))
    channel, *parts = (frame[start:end] for start, end in pairwise(offsets[: _DICTS + 2]))
    return channel.decode(), [json.loads(part) for part in parts]


def _older(frame: object) -> tuple[Any, list[Any]]:
    if isinstance(frame, bytes):
        (count,) = struct.unpack_from("!I", frame)
        head = 4 * (count + 1)
        if not 1 <= count <= _MOST_PARTS or head > len(frame):
            raise BadFrameError("the number of its parts")
        offsets = (*struct.unpack_from(f"!{count}I", frame, 4), len(frame))
        _check_order((head, *offsets))
        message = json.loads(frame[offsets[0] : offsets[1]])
    elif isinstance(frame, str):
        message = json.loads(frame)
    else:
        raise BadFrameError("neither bytes nor text")
    # Buffers are behind the message, never in it.
    if not isinstance(message, dict) or message.get("buffers"):
        raise BadFrameError("its parts are not what they should be")
    names = ("header", "parent_header", "metadata", "content")
    return message.get("channel"), [message[name] for name in names]


def _check_order(offsets: Sequence[int]) -> None:
    if any(start > end for start, end in pairwise(offsets)):
        raise BadFrameError("where its parts are")
