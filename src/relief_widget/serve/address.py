"""Where the studio listens: an address and a port that there are."""

from __future__ import annotations

import socket

from relief_widget.errors import ReliefError


def check_address(ip: str, port: int) -> None:
    """Refuse an address or a port that this machine cannot listen at.

    A port that is taken is no reason: the next free one is looked for.

    Raises
    ------
    ReliefError
        There is no such port, or no such address on this machine.
    """
    if not 0 <= port <= 65535:
        raise ReliefError(f"There is no port {port}.", "Give 1024 to 65535, such as 8866.")
    if port and port < 1024 and not _can_listen(ip, port):
        raise ReliefError(
            f"Port {port} is kept for the system.", "Give 1024 to 65535, such as 8866."
        )
    if not _can_listen(ip, 0):
        raise ReliefError(
            f"This machine has no address {ip!r} to listen at.",
            "Give 127.0.0.1 for this machine alone, or 0.0.0.0 for all its addresses.",
        )


def _can_listen(ip: str, port: int) -> bool:
    try:
        found = socket.getaddrinfo(ip, port, type=socket.SOCK_STREAM) if ip else []
        for family, kind, protocol, _, address in found:
            with socket.socket(family, kind, protocol) as listener:
                listener.bind(address)
    except (OSError, UnicodeError, ValueError, OverflowError):
        return False
    return bool(found)
