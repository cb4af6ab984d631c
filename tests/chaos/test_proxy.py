"""The proxy lets pass, holds back, delays and cuts, and is whole again afterwards."""

import socket
import time
from collections.abc import Iterator
from threading import Thread

import pytest

from chaos.proxy import Proxies, Proxy


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that says everything once more."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve(connection: socket.socket) -> None:
            with connection:
                while data := connection.recv(1024):
                    connection.sendall(data)

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                Thread(target=serve, args=(connection,), daemon=True).start()

        Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def proxy(echo: int) -> Iterator[Proxy]:
    proxies = Proxies()
    proxy = proxies.to(echo)
    proxy.start()
    yield proxy
    proxy.stop()
    proxies.close()


def connect(proxy: Proxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=5)


def says(connection: socket.socket, word: bytes) -> bytes:
    connection.sendall(word)
    return connection.recv(1024)


def is_cut(connection: socket.socket, word: bytes) -> bool:
    try:
        return says(connection, word) == b""
    except ConnectionError:
        return True


def test_what_is_cut_ends_and_nobody_else_gets_in_until_it_is_healed(proxy: Proxy) -> None:
    with connect(proxy) as connection:
        assert says(connection, b"hello") == b"hello"
        proxy.cut()
        time.sleep(0.05)
        assert is_cut(connection, b"hello")
    with connect(proxy) as refused:
        assert is_cut(refused, b"hello")
    proxy.heal()
    with connect(proxy) as connection:
        assert says(connection, b"again") == b"again"


def test_what_hangs_comes_when_it_is_healed(proxy: Proxy) -> None:
    with connect(proxy) as connection:
        proxy.hang()
        time.sleep(0.05)
        connection.settimeout(0.1)
        with pytest.raises(TimeoutError):
            says(connection, b"late")
        proxy.heal()
        connection.settimeout(5)
        assert connection.recv(1024) == b"late"


def test_what_is_slow_comes_late(proxy: Proxy) -> None:
    with connect(proxy) as connection:
        proxy.slow(0.05)
        began = time.monotonic()
        assert says(connection, b"slow") == b"slow"
        assert time.monotonic() - began >= 0.1
