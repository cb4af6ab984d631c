"""Turn the signals that ask a program to end into exceptions of the main thread."""

import signal
from collections.abc import Generator
from contextlib import contextmanager
from types import FrameType


class Stop(BaseException):
    """Somebody asked us to stop. Not an `Exception`: no loop may take it for a failure."""


@contextmanager
def stop_on_signals() -> Generator[None, None, None]:
    """Raise `Stop` at Ctrl-C, at SIGTERM and when the terminal goes away, at each of them."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stop(signal.Signals(number).name)

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, stop) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
