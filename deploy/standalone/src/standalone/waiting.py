"""Waiting for programs that run at the same time, without leaving anybody in the dark."""

import time
from collections.abc import Callable, Mapping, Sequence

from standalone.pg_programs import PgProgram

_TOLD_EVERY_S = 2.0


def wait_for_all(programs: Mapping[str, PgProgram], tell: Callable[[Sequence[str]], None]) -> None:
    """Return when all have ended; `tell` is called every two seconds with those that run.

    Raises `ProgramFailed` for the first that ends badly.
    """
    told = time.monotonic()
    left = dict(programs)
    while left := {name: program for name, program in left.items() if not program.has_ended()}:
        time.sleep(0.02)
        if time.monotonic() - told > _TOLD_EVERY_S:
            told = time.monotonic()
            tell([*left])
