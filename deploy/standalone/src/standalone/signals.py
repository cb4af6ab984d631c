"""Turn the signals that ask a program to end into exceptions of the main thread."""

import signal
from collections.abc import Callable, Generator
from contextlib import contextmanager
from types import FrameType

_NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stop(BaseException):
    """Somebody asked us to stop. Not an `Exception`: no loop may take it for a failure."""


@contextmanager
def stop_on_signals() -> Generator[None, None, None]:
    """Raise `Stop` at Ctrl-C, at SIGTERM and when the terminal goes away, at each of them."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise Stop(signal.Signals(number).name)

    before = {number: signal.signal(number, stop) for number in _NUMBERS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def signals_held_back() -> Generator[Callable[[], None], None, None]:
    """Let them wait while a process is made; call what this gives in the new process.

    Python runs functions of its libraries around a fork and ignores what they raise: a `Stop` that
    came in that moment would be lost.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _NUMBERS)

    def let_go() -> None:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

    try:
        yield let_go
    finally:
        let_go()
