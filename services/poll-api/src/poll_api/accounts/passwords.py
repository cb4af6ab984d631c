"""Passwords: which are taken, and how they are hashed without anybody else waiting for it.

Argon2id with the parameters that OWASP gives for 19 MiB. It takes tens of milliseconds of a whole
processor, so it has threads of its own, few and with less right to the processor than the event
loop, and only so many may wait for them.
"""

import asyncio
import os
import secrets
import sys
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from chassis.problems import FieldError, Problem

LONGEST = 256
# One processor is left to the event loop, if there is another.
THREADS = max(1, min(2, (os.cpu_count() or 2) - 1))
MOST_WAITING = 64
_LESS_URGENT = 10
_MEMORY_KIB, _PASSES, _LANES = 19 * 1024, 2, 1

Result = TypeVar("Result")


class Passwords:
    """Its threads begin with the first password; `close` ends them.

    Whoever has more to do than a password takes a `turn` for all of it: of fifty who come at once
    most then wait before anything is done for them, and everybody else finds the loop free.
    """

    def __init__(self, shortest: int, *, threads: int = THREADS) -> None:
        self._shortest = shortest
        hasher = Argon2Hasher(time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=_LANES)
        self._hashing = PasswordHash((hasher,))
        self._threads = ThreadPoolExecutor(threads, "passwords", initializer=_less_urgent)
        self._room = threading.BoundedSemaphore(MOST_WAITING)
        # One more than can be worked on, so that no thread waits for the database.
        self.turn = asyncio.Semaphore(threads + 1)
        # What the password of an address without an account is compared with: it takes as long.
        self._nobodys = self._hashing.hash(secrets.token_urlsafe())

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def hash(self, password: str) -> str:
        """Raises the problem `overloaded`."""
        return await self._in_a_thread(lambda: self._hashing.hash(_normal(password)))

    async def verify(self, password: str, known: str | None) -> tuple[bool, str | None]:
        """Whether it is the one, and its hash anew where the parameters have changed.

        `known` is None for nobody's; that takes as long, and is never right. Raises the problem
        `overloaded`.
        """
        right, anew = await self._in_a_thread(
            lambda: self._hashing.verify_and_update(_normal(password), known or self._nobodys)
        )
        return right and known is not None, anew

    def errors(self, password: str, email: str, pointer: str) -> list[FieldError]:
        """What is wrong with a new password: NIST SP 800-63B, length and no common ones.

        No rules about kinds of characters: they make passwords worse.
        """
        normal = _normal(password)
        if len(normal) < self._shortest:
            detail = f"must have at least {self._shortest} characters"
            return [FieldError(pointer, "string_too_short", detail)]
        if _is_common(normal, email):
            return [FieldError(pointer, "too_common", "is one of the first that anybody tries")]
        return []

    async def _in_a_thread(self, work: Callable[[], Result]) -> Result:
        if not self._room.acquire(blocking=False):
            raise Problem("overloaded")
        future = self._threads.submit(work)
        # When the thread is done: whoever no longer waits for it has not freed it.
        future.add_done_callback(lambda _: self._room.release())
        return await asyncio.wrap_future(future)


def _normal(password: str) -> str:
    # The same characters typed on another system: they may be composed otherwise.
    return unicodedata.normalize("NFKC", password)


def _is_common(password: str, email: str) -> bool:
    folded = password.casefold()
    own = {email.casefold(), email.casefold().partition("@")[0]}
    return folded in _COMMON or folded in own or len(set(folded)) <= 2


def _common() -> frozenset[str]:
    text = files("poll_api.accounts").joinpath("common_passwords.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


_COMMON = _common()


def _less_urgent() -> None:
    if sys.platform == "linux":  # elsewhere a thread has no priority of its own
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LESS_URGENT)
