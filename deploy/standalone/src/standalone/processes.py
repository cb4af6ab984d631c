"""Other processes of this machine: which are alive, and which are ours."""

from pathlib import Path

import psutil


def is_alive(pid: int) -> bool:
    """Say whether a process runs; one that has ended and waits to be collected does not."""
    try:
        return psutil.Process(pid).status() not in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}
    except psutil.NoSuchProcess:
        return False


def mentions(pid: int, word: str) -> bool:
    """Say whether a process runs and its command line contains `word`."""
    try:
        return is_alive(pid) and any(word in part for part in psutil.Process(pid).cmdline())
    except psutil.Error:
        return False


def first_number(file: Path) -> int | None:
    """Read the number in the first line of a pid file; None where there is none."""
    try:
        return int(file.read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None


def memory_of(pid: int) -> int:
    """Return the bytes of memory that a process and its descendants hold, shared ones once."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return sum(member.memory_full_info().pss for member in family)
    except (psutil.Error, AttributeError):
        return 0
