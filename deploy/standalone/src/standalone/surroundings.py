"""What has to be so outside of us before anything can start."""

import shutil
from pathlib import Path

from standalone.failures import Failure
from standalone.ports import is_free

LEAST_SPACE = 300_000_000
MEGABYTE = 1_000_000


class CannotStart(Failure):
    """Something outside has to change first; the message says what, in one sentence."""


def check_port(port: int, host: str) -> None:
    """Refuse a port that another program listens on."""
    if not is_free(port, host):
        raise CannotStart(
            f"Port {port} is taken by another program: stop that one, or choose another port "
            "with COMMONTIME_PORT (0 takes a free one)."
        )


def check_space(folder: Path) -> None:
    """Refuse a disk on which the data could not grow."""
    free = shutil.disk_usage(folder).free
    if free < LEAST_SPACE:
        raise CannotStart(
            f"The disk of {folder} is full: {free // MEGABYTE} MB are free, "
            f"{LEAST_SPACE // MEGABYTE} MB are needed."
        )
