"""Ports of this machine: free ones for the child processes, and whether a wanted one is taken."""

import random
import socket

# Below the range the kernel hands out to outgoing connections: a client that keeps trying an
# unused port of that range can end up connected to itself.
LOWEST, HIGHEST = 20_000, 32_000

_given: set[int] = set()


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Say whether a server could listen on `port` now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # As servers do it: connections of an earlier run that linger must not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """Return a port that is free now, and never one this process was given before.

    The draw is random, so that other processes rarely collide with this one. Most ports are taken
    for servers that start later: until they listen, only our own memory keeps two of them apart.
    """
    draw = random.SystemRandom()
    while True:
        port = draw.randint(LOWEST, HIGHEST)
        if port not in _given and is_free(port):
            _given.add(port)
            return port


def is_open(port: int, host: str = "127.0.0.1") -> bool:
    """Say whether a server accepts connections on `port`."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0
