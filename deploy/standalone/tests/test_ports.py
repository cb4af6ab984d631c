"""Ports are found free, or said to be taken."""

import socket

import pytest

from standalone.ports import HIGHEST, LOWEST, free_port, is_free, is_open
from standalone.surroundings import CannotStart, check_port


def test_a_free_port_lies_below_those_of_outgoing_connections() -> None:
    ports = {free_port() for _ in range(20)}
    assert all(LOWEST <= port <= HIGHEST for port in ports)
    assert len(ports) > 15


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
