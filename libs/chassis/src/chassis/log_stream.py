"""Where log lines go: a stream that never fails whoever writes to it."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import TextIO

from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector


class LogStream:
    """Passes text on to `stream`, and does without where that does not take it.

    A disk that is full or a collector that is gone must cost the log and nothing else: a request
    that is done must not fail because nobody could be told of it.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with _forgiven():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with _forgiven():
            self._stream.flush()


class FailedLogWrites(Collector):
    """How often this process could not write to its log."""

    def __init__(self) -> None:
        self.count = 0

    def collect(self) -> Iterator[CounterMetricFamily]:
        yield CounterMetricFamily(
            "commontime_log_failed_writes",
            "Writes that standard error did not take, and whose log lines are lost or late",
            value=self.count,
        )


FAILED_LOG_WRITES = FailedLogWrites()


@contextmanager
def _forgiven() -> Generator[None]:
    try:
        yield
    except OSError:
        FAILED_LOG_WRITES.count += 1
