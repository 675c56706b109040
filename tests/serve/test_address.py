from __future__ import annotations

import socket

import pytest

from relief_widget import ReliefError
from relief_widget.cli import main
from relief_widget.serve.address import check_address


@pytest.mark.parametrize("port", [-1, 65536, 99999, 10**30])
def test_a_port_that_there_is_not_is_a_sentence(
    port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["app", "--no-browser", "--port", str(port)]) == 2
    said = capsys.readouterr()
    assert said.err.startswith(f"relief-widget: There is no port {port}. ")
    # Nothing was announced.
    assert said.out == ""


@pytest.mark.parametrize("ip", ["203.0.113.7", "300.1.1.1", "", "a\0b", "x" * 300, "ü..ü"])
def test_an_address_that_is_not_this_machine_s_is_a_sentence(
    ip: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["app", "--no-browser", "--ip", ip]) == 2
    assert "no address" in capsys.readouterr().err


def test_a_port_that_is_taken_is_no_reason() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        check_address("127.0.0.1", taken.getsockname()[1])
    for ip in ("127.0.0.1", "0.0.0.0", "localhost"):  # noqa: S104 - it only asks
        check_address(ip, 8866)
    with pytest.raises(ReliefError):
        check_address("127.0.0.1", 65536)
