"""Tells a monitoring when the last backup was made, by a file that a node exporter shows."""

from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from standalone.failures import Failure

NAME = "commontime_backup_last_success_timestamp_seconds"


def check(file: Path) -> None:
    """Raise `Failure` where the node exporter would not show it, before anything is saved."""
    if file.suffix != ".prom":
        raise Failure(f"A node exporter reads only files named *.prom, and not {file}.")
    if not file.parent.is_dir():
        raise Failure(f"There is no folder {file.parent} for {file.name}.")


def tell(file: Path, at: datetime) -> None:
    """Write the instant as of which all is saved: the file is replaced as a whole."""
    registry = CollectorRegistry()
    Gauge(NAME, "As of when the last backup is", registry=registry).set(at.timestamp())
    try:
        write_to_textfile(str(file), registry)
        # For the exporter, which is somebody else; under a strict umask it is not.
        file.chmod(0o644)
    except OSError as problem:
        raise Failure(
            f"The backup is made; {file} cannot be written: {problem.strerror}."
        ) from None
