"""The baselines of timers: beanstalkd with four workers, and a worker that sleeps job by job.

beanstalkd syncs its log to disk at every change, as PostgreSQL does at every commit. A worker
deletes the job and does nothing else, while ours completes an event and stores all that follows.
"""

import multiprocessing
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.queues import SimpleQueue

import greenstalk

from standalone.ports import free_port

WORKERS = 4

# beanstalkd counts delays in whole seconds: when a job is put says at which part of one it is due.
_A_WEEK = 604_800
_PATIENCE_S = 2
_PUT_AT_ONCE = 500
_PUTS_PER_SECOND = 100


@dataclass(frozen=True)
class Done:
    """How late each job was deleted, in s, and when the last one was, as `time.time()`."""

    lateness: list[float]
    last: float


class Beanstalkd:
    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._connection = _connected(address)

    def put_outstanding(self, count: int) -> None:
        """Jobs that fall due in a week."""
        for first in range(0, count, _PUT_AT_ONCE):
            self._put(min(_PUT_AT_ONCE, count - first), _A_WEEK)

    def fires_spread(self, per_second: int, seconds: int) -> Done:
        """Of jobs that fall due evenly over `seconds`, all of them put before the first is due."""
        with _workers(self._address) as done:
            begun = time.time()
            for n in range(seconds * _PUTS_PER_SECOND):
                time.sleep(max(0, begun + n / _PUTS_PER_SECOND - time.time()))
                self._put(per_second // _PUTS_PER_SECOND, seconds + 1)
            return _gathered(done)

    def drains(self, count: int) -> float:
        """Jobs per second, of many that fall due together."""
        delay = 3
        with _workers(self._address) as done:
            due = time.time() + delay
            for first in range(0, count, _PUT_AT_ONCE):
                self._put(min(_PUT_AT_ONCE, count - first), delay)
            return count / (_gathered(done).last - due)

    def _put(self, count: int, delay: int) -> None:
        body = repr(time.time() + delay).encode()
        self._connection.sendall(b"put 0 %d 60 %d\r\n%s\r\n" % (delay, len(body), body) * count)
        answers = b""
        while answers.count(b"\n") < count:
            answers += self._connection.recv(65_536)
        assert answers.count(b"INSERTED") == count


@contextmanager
def beanstalkd(outstanding: int = 0) -> Generator[Beanstalkd]:
    """A server, with jobs outstanding that fall due in a week; theirs alone are not synced.

    Raises `RuntimeError` where the program is missing.
    """
    with tempfile.TemporaryDirectory(prefix="commontime-bench-") as folder:
        if outstanding:
            with _serving(folder, "-F") as server:
                server.put_outstanding(outstanding)
        with _serving(folder, "-f0") as server:
            yield server


@contextmanager
def _serving(folder: str, syncing: str) -> Generator[Beanstalkd]:
    program = shutil.which("beanstalkd")
    if program is None:
        raise RuntimeError("timers are compared with beanstalkd: apt-get install beanstalkd")
    address = ("127.0.0.1", free_port())
    command = [program, "-l", address[0], "-p", str(address[1]), "-b", folder, syncing]
    server = subprocess.Popen(command)
    try:
        yield Beanstalkd(address)
    finally:
        server.terminate()
        server.wait()


def serial_lateness(created: Sequence[float], delay: float) -> list[float]:
    """How late the worker completes jobs that sleeps through the delay of each before the next.

    A model in s: it takes a job once it is free, sleeps, and completes it in no time at all.
    """
    lateness: list[float] = []
    free = 0.0
    for at in created:
        free = max(free, at) + delay
        lateness.append(free - (at + delay))
    return lateness


def _connected(address: tuple[str, int]) -> socket.socket:
    deadline = time.monotonic() + 60
    while True:
        try:
            return socket.create_connection(address)
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)


@contextmanager
def _workers(address: tuple[str, int]) -> Generator["SimpleQueue[Done | None]"]:
    """They are ready when it begins, and end once nothing more is due."""
    spawning = multiprocessing.get_context("spawn")
    told: SimpleQueue[Done | None] = spawning.SimpleQueue()
    processes = [spawning.Process(target=_work, args=(address, told)) for _ in range(WORKERS)]
    for process in processes:
        process.start()
    for _ in processes:
        told.get()
    yield told
    for process in processes:
        process.join()


def _work(address: tuple[str, int], told: "SimpleQueue[Done | None]") -> None:
    lateness: list[float] = []
    last = 0.0
    with greenstalk.Client(address) as client:
        told.put(None)
        timeout = 30
        while True:
            try:
                job = client.reserve(timeout)
            except greenstalk.TimedOutError:
                break
            client.delete(job)
            last = time.time()
            lateness.append(last - float(job.body))
            timeout = _PATIENCE_S
    told.put(Done(lateness, last))


def _gathered(told: "SimpleQueue[Done | None]") -> Done:
    each = [done for done in (told.get() for _ in range(WORKERS)) if done]
    return Done([late for done in each for late in done.lateness], max(done.last for done in each))
