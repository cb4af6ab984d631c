"""What is outside of us: ports and disks, free or taken."""

import socket
from pathlib import Path

import pytest

from standalone import surroundings
from standalone.ports import HIGHEST, LOWEST, free_port, is_free, is_open
from standalone.settings import Settings
from standalone.surroundings import CannotStart, check_port, check_space


def test_a_free_port_lies_below_those_of_outgoing_connections() -> None:
    assert all(LOWEST <= free_port() <= HIGHEST for _ in range(20))


def test_no_port_is_given_twice_although_nobody_listens_yet() -> None:
    ports = [free_port() for _ in range(500)]
    assert len(set(ports)) == len(ports)


def test_a_taken_port_is_refused_with_a_sentence_that_names_the_way_out() -> None:
    with socket.create_server(("127.0.0.1", free_port())) as server:
        port: int = server.getsockname()[1]
        assert not is_free(port)
        assert is_open(port)
        with pytest.raises(CannotStart, match=rf"^Port {port} is taken .* COMMONTIME_PORT"):
            check_port(port, "127.0.0.1")
    assert is_free(port)
    assert not is_open(port)
    check_port(port, "127.0.0.1")


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),
        ("::", "[::1]"),
        ("fe80::1", "[fe80::1]"),
        ("192.0.2.1", "192.0.2.1"),
    ],
)
def test_this_machine_reaches_itself_whatever_it_listens_on(host: str, local: str) -> None:
    assert Settings(host=host).local_host == local


def test_a_full_disk_is_refused_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_space(tmp_path)
    monkeypatch.setattr(surroundings, "LEAST_SPACE", 10**18)
    with pytest.raises(CannotStart, match=rf"^The disk of {tmp_path} is full: \d+ MB are free"):
        check_space(tmp_path)
