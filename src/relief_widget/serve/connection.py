"""The websocket between a page and its kernel: what is no message ends here, both ways."""

from __future__ import annotations

from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

from relief_widget.serve.frames import BadFrameError, check_frame

# What a kernel prints, or says of an exception, is for whoever runs the server.
_PRIVATE = ("stream", "error")
# Of a long text, what a line of a log can hold.
_MOST_LETTERS = 2000


class VisitorConnection(ZMQChannelsWebsocketConnection):
    """Takes what is a message and drops the rest; sends no traceback and no printed text.

    The base believes what a frame says about itself: eight bytes can make it count to 2^64.
    """

    def handle_incoming_message(self, incoming_msg: Any) -> None:
        """Pass a message from the page on to the kernel, if it is one."""
        if not self.channels:
            return
        try:
            check_frame(incoming_msg, self.subprotocol, tuple(self.channels))
            super().handle_incoming_message(incoming_msg)
        except BadFrameError as error:
            self.log.warning("Dropped what is no message: %s", error)
        except Exception as error:
            self.log.warning("Dropped a message: %s", type(error).__name__)

    def handle_outgoing_message(self, stream: Any, outgoing_msg: list[Any]) -> None:
        """Pass a message from the kernel on to the page, unless it is for the server's log."""
        _, parts = self.session.feed_identities(outgoing_msg)
        kind = self.session.unpack(parts[1]).get("msg_type")
        if kind in _PRIVATE:
            content = self.session.unpack(parts[4])
            text = content.get("text") or "\n".join(content.get("traceback", ()))
            self.log.warning("A kernel says: %s", str(text).strip()[-_MOST_LETTERS:])
            return
        super().handle_outgoing_message(stream, outgoing_msg)
