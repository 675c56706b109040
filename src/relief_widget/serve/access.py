"""Who is let in: names that the server answers to, how many visitors, what they may do."""

from __future__ import annotations

import ipaddress
import os
import re
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from relief_widget.app.permission import Permission
from relief_widget.depth.gemini.secret import VARIABLES as KEYS
from relief_widget.errors import ReliefError

# What the system and the server itself take, and a visitor at work on a large photo.
_SYSTEM_BYTES = 1_500_000_000
_VISITOR_BYTES = 450_000_000
_MOST_BY_DEFAULT = 60

# A proxy adds them: then it is not the one who started the server that asks.
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip")


@dataclass(frozen=True)
class Access:
    """Who is let in, and what they may do.

    Attributes
    ----------
    ip
        Address that the server listens at.
    hosts
        Further names that it answers to, such as the one of a proxy in front of it.
    has_token
        Whether visitors must show a token.
    max_visitors
        How many may be served at once.
    models
        Local models that everybody may use.
    dollars
        What visitors may spend with the machine's own key.
    """

    ip: str = "127.0.0.1"
    hosts: tuple[str, ...] = ()
    has_token: bool = False
    max_visitors: int = 1
    models: tuple[str, ...] = ()
    dollars: float = 0.0

    @property
    def to_others(self) -> bool:
        """Whether others than the one who started it can reach the page."""
        return not is_loopback(self.ip) or any(not is_loopback(host) for host in self.hosts)

    def answers_to(self, host: str) -> bool:
        """Return whether the server answers to a name, as the Host header has it.

        A page elsewhere can let a name of its own lead to this machine, and would then be let in
        by the browser as if it were this page. It cannot do so with an address.
        """
        name = host_name(host)
        if name is None:
            return False
        if is_loopback(name) or name in self.hosts:
            return True
        if is_loopback(self.ip):
            return False
        own = socket.gethostname().lower()
        return _is_address(name) or name in (own, f"{own}.local", self.ip)

    def is_forwarded(self, headers: Mapping[str, str]) -> bool:
        """Return whether a request came through a proxy that nobody told the server of."""
        return not self.to_others and any(name in headers for name in _FORWARDED)

    def permission(self, folder: Path) -> Permission:
        """Return what the pages may do, with a private folder that their kernels share."""
        if not self.to_others:
            return Permission(folder=str(folder))
        return Permission(owner=False, models=self.models, dollars=self.dollars, folder=str(folder))

    def lines(self) -> list[str]:
        """Return what is open, in sentences, what needs attention marked with an exclamation."""
        others = self.to_others
        key = next((name for name in KEYS if os.environ.get(name)), None)
        where = f"{self.ip or 'every address of this machine'}"
        lines = [
            f"Listens at {where}: {'others can reach it' if others else 'this machine only'}.",
            "Answers to: "
            + ", ".join(
                [
                    "this machine's own names",
                    *(["any address of it"] if not is_loopback(self.ip) else []),
                    *self.hosts,
                ]
            )
            + ".",
        ]
        if others:
            lines += [
                "Login: a token is asked for."
                if self.has_token
                else "! Login: none. Whoever reaches the page can use this machine's processor; "
                "give --token, or put a proxy with a login in front.",
                "! Encryption: none. Photos travel as they are; put a proxy with TLS in front.",
            ]
        elif self.has_token:
            lines += ["Login: a token is asked for."]
        lines += [f"Visitors at once: {self.max_visitors}."]
        if not others:
            lines += ["Model files and names on the hub: free, for you alone."]
            lines += [f"Gemini key: {f'yours, from {key}' if key else 'none here'}."]
        else:
            lines += [f"Models: {', '.join(self.models) if self.models else 'none'}."]
            if self.dollars > 0 and key:
                lines += [f"! Gemini key: visitors may spend ${self.dollars:g} of yours ({key})."]
            elif self.dollars > 0:
                lines += ["Gemini key: there is none to share."]
            else:
                lines += [
                    "Gemini key: visitors need their own"
                    + (f"; yours, in {key}, is kept from them." if key else ".")
                ]
        return lines


def host_name(host: str) -> str | None:
    """Return the name in a Host header, without its port; None where it is none.

    >>> host_name("LOCALHOST.:8866")
    'localhost'
    >>> host_name("[::1]:8866")
    '::1'
    """
    found = re.fullmatch(r"(\[[0-9a-fA-F:.]+\]|[\w.-]+)(:\d{1,5})?", host.strip(), re.ASCII)
    return None if found is None else found[1].strip("[]").rstrip(".").lower()


def is_loopback(name: str) -> bool:
    """Return whether a name or an address is this machine's own, for itself only."""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def checked_hosts(hosts: Sequence[str]) -> tuple[str, ...]:
    """Return names of hosts as they are compared.

    Raises
    ------
    ReliefError
        One is no name.
    """
    for host in hosts:
        if host_name(host) is None:
            raise ReliefError(
                f"{host!r} is no name of a host.", "Give it as in the address, like relief.example."
            )
    return tuple(str(host_name(host)) for host in hosts)


def checked_models(models: Sequence[str]) -> tuple[str, ...]:
    """Return models that visitors may use.

    Raises
    ------
    ReliefError
        A file is not there: visitors would be told where it was looked for.
    """
    for model in models:
        if model.endswith(".onnx") and not Path(model).is_file():
            raise ReliefError(f"There is no model file {model!r}.", "Check the path.")
    return tuple(str(Path(m).resolve()) if m.endswith(".onnx") else m for m in models)


def default_visitors() -> int:
    """Return how many visitors the memory of this machine has room for."""
    import psutil

    total = int(psutil.virtual_memory().total)
    # In a container.
    for path in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            total = min(total, int(Path(path).read_text(encoding="ascii")))
        except (OSError, ValueError):
            continue
    return max(1, min(_MOST_BY_DEFAULT, (total - _SYSTEM_BYTES) // _VISITOR_BYTES))
