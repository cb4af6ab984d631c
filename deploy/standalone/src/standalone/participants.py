"""`commontime export-participant | erase-participant`: for operators, who need no link."""

from argparse import Namespace

from standalone.maintenance import run_beside
from standalone.settings import Settings


def export(settings: Settings, options: Namespace) -> int:
    """Print as JSON all that is stored about the person."""
    return _run("export-participant", settings, options)


def erase(settings: Settings, options: Namespace) -> int:
    """Erase the person; the running instance sends on what comes of it."""
    return _run("erase-participant", settings, options)


def _run(command: str, settings: Settings, options: Namespace) -> int:
    words = (options.poll, options.participant)
    return run_beside(settings, "availability", command, *words).returncode
