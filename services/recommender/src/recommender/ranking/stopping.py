"""How a long computation learns that nobody waits for its result any more."""

from collections.abc import Callable
from contextvars import ContextVar

_given_up: ContextVar[Callable[[], bool]] = ContextVar("given_up")


class Stopped(Exception):
    """Nobody waits for this any more."""


def stop_when(given_up: Callable[[], bool]) -> None:
    """Let `checkpoint` in this context, and in threads that run in a copy of it, ask `given_up`."""
    _given_up.set(given_up)


def checkpoint() -> None:
    """Raises `Stopped` where the work was given up. Called at least every 50 ms or so."""
    given_up = _given_up.get(None)
    if given_up is not None and given_up():
        raise Stopped
