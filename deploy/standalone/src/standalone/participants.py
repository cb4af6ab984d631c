"""`commontime export-participant | erase-participant`: for operators, who need no link."""

import subprocess
import sys
from argparse import Namespace

from standalone.environment import service_environment
from standalone.maintenance import running_instance
from standalone.settings import Settings


def export(settings: Settings, options: Namespace) -> int:
    """Print as JSON all that is stored about the person."""
    return _run("export-participant", settings, options)


def erase(settings: Settings, options: Namespace) -> int:
    """Erase the person; the running instance sends on what comes of it."""
    return _run("erase-participant", settings, options)


def _run(command: str, settings: Settings, options: Namespace) -> int:
    home, running = running_instance(settings)
    environment = service_environment(
        home, settings, server=running.database, bootstrap=running.kafka, url=running.url
    )
    words = [options.poll, options.participant]
    line = [sys.executable, "-m", "availability", command, "--", *words]
    return subprocess.run(line, env=environment, check=False).returncode
