"""Who is let in, and what is said of it before anything is served."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from relief_widget.app.permission import VARIABLE, Permission
from relief_widget.cli import main
from relief_widget.errors import ReliefError
from relief_widget.serve.access import Access, checked_hosts, checked_models, default_visitors

LOCAL = ("localhost", "LOCALHOST:8866", "127.0.0.1:8866", "127.8.8.8", "[::1]:8866", "localhost.")
FOREIGN = (
    "evil.example",
    "localhost.evil.example",
    "",
    "a b",
    "[::1",
    "127.0.0.1:80:80",
    "é.example",
)


@pytest.mark.parametrize("host", LOCAL)
def test_a_server_answers_to_its_own_names(host: str) -> None:
    assert Access().answers_to(host)
    assert Access(ip="0.0.0.0").answers_to(host)  # noqa: S104 - nothing listens


@pytest.mark.parametrize("host", FOREIGN)
def test_a_name_that_only_leads_here_gets_nothing(host: str) -> None:
    assert not Access().answers_to(host)
    assert not Access(ip="0.0.0.0").answers_to(host)  # noqa: S104
    assert not Access(hosts=("relief.example",)).answers_to(host)


def test_beyond_loopback_addresses_and_allowed_names_are_answered() -> None:
    everywhere = Access(ip="0.0.0.0")  # noqa: S104
    assert everywhere.answers_to("192.0.2.7:8866")
    assert everywhere.answers_to(socket.gethostname())
    assert not Access().answers_to("192.0.2.7:8866")
    behind = Access(hosts=checked_hosts(["Relief.Example:443"]))
    assert behind.answers_to("relief.example")
    assert behind.to_others
    with pytest.raises(ReliefError, match="no name of a host"):
        checked_hosts(["http://relief.example/"])


def test_a_proxy_that_nobody_told_of_makes_visitors_of_everybody() -> None:
    headers = {"X-Forwarded-For": "192.0.2.7"}
    assert Access().is_forwarded(headers)
    assert not Access(hosts=("relief.example",)).is_forwarded(headers)
    assert not Access().is_forwarded({})


def test_on_loopback_all_is_free_and_beyond_only_what_was_said(tmp_path: Path) -> None:
    assert Access(models=("owner/name",)).permission(tmp_path).owner
    strict = Access(ip="0.0.0.0").permission(tmp_path)  # noqa: S104
    assert not strict.owner
    assert not strict.shares_key
    assert not strict.offers("onnx")
    open_ = Access(hosts=("relief.example",), models=("owner/name",), dollars=2)
    assert open_.permission(tmp_path).shares_key
    assert open_.permission(tmp_path).offers("onnx")


def test_a_kernel_is_told_what_is_allowed_and_not_given_what_is_not() -> None:
    environment = {"GEMINI_API_KEY": "a", "GOOGLE_API_KEY": "b", "HOME": "/h"}
    strict = Permission(owner=False).kernel_environment(environment)
    assert set(strict) == {"HOME", VARIABLE}
    assert Permission.here(strict) == Permission(owner=False)
    shared = Permission(owner=False, dollars=1, folder="/l", models=("a/b",))
    assert shared.kernel_environment(environment).keys() == {*environment, VARIABLE}
    assert Permission.here(shared.kernel_environment({})) == shared


@pytest.mark.parametrize("told", ["", "[]", "{", '{"owner": true, "more": 1}', '{"models": 3}'])
def test_what_cannot_be_read_allows_nothing(told: str) -> None:
    assert not Permission.here({VARIABLE: told}).owner


def test_behind_voila_without_the_command_nothing_is_lent() -> None:
    assert Permission.here({}).owner
    assert not Permission.here({"VOILA_PREHEAT": "False"}).owner
    assert not Permission.here({"VOILA_PREHEAT": "True"}).owner


def test_there_is_room_for_somebody() -> None:
    assert 1 <= default_visitors() <= 60


def test_a_model_that_is_not_there_is_said_to_the_operator(tmp_path: Path) -> None:
    there = tmp_path / "a.onnx"
    there.write_bytes(b"x")
    assert checked_models([str(there), "owner/name"]) == (str(there.resolve()), "owner/name")
    with pytest.raises(ReliefError, match="no model file"):
        checked_models([str(tmp_path / "b.onnx")])


def test_what_is_open_is_said_before(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "AIzaTestOnly")
    lines = Access(ip="0.0.0.0", dollars=3, max_visitors=5).lines()  # noqa: S104
    text = "\n".join(lines)
    assert "Login: none" in text
    assert "$3 of yours" in text
    assert "Visitors at once: 5." in text
    assert not any(line.startswith("!") for line in Access().lines())
    assert main(["app", "--check", "--token", "abc", "--ip", "0.0.0.0", "--max-visitors", "2"]) == 0  # noqa: S104
    said = capsys.readouterr().out
    assert "a token is asked for" in said
    assert "Visitors at once: 2." in said
    assert "AIza" not in said
    assert "abc" not in said
    assert main(["app", "--check", "--max-visitors", "0"]) == 2
