"""Processes that a killed launcher left behind on a home whose lock we now hold."""

import os
import signal
import time
from collections.abc import Iterable

from standalone import processes
from standalone.home import Home

PATIENCE = 5


def stop_leftovers(home: Home, more: Iterable[int] = ()) -> int:
    """Stop what still runs on the home, and `more`; return how many processes that were.

    Their numbers may belong to other programs by now: only those are stopped whose command line
    names the home.
    """
    running = home.running()
    candidates = {*(running.children.values() if running else ()), *more}
    ours = [pid for pid in candidates if processes.mentions(pid, str(home.folder))]
    # SIGINT last but one: PostgreSQL takes SIGTERM for "wait until the clients have gone".
    for number, patience in ((signal.SIGTERM, 1), (signal.SIGINT, PATIENCE), (signal.SIGKILL, 1)):
        _signal_and_wait([pid for pid in ours if processes.is_alive(pid)], number, patience)
    home.clear_running()
    return len(ours)


def _signal_and_wait(pids: list[int], number: signal.Signals, patience: float) -> None:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
    deadline = time.monotonic() + patience
    while any(map(processes.is_alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
