"""`commontime doctor`: check what a start needs, one line each, without starting anything."""

import os
import platform
import subprocess
import sys
from argparse import Namespace
from collections.abc import Callable

from standalone import artifacts, java
from standalone.failures import Failure
from standalone.home import Home
from standalone.postgres import Postgres
from standalone.settings import Settings
from standalone.surroundings import check_port, check_space
from standalone.terminal import say

OLDEST_PYTHON = (3, 11)


def run(settings: Settings, options: Namespace) -> int:
    """Print a line per check; the exit code is 1 when one of them failed."""
    home = Home(settings.home)
    checks: list[tuple[str, Callable[[], str]]] = [
        ("Python", _python),
        ("Home", lambda: _home(home)),
        ("Disk", lambda: _space(home)),
        ("Port", lambda: _port(home, settings)),
    ]
    if not settings.database_url:
        checks.append(("PostgreSQL", lambda: _postgres(home)))
    if not settings.kafka_bootstrap_servers:
        checks += [("Java", _java), ("Kafka", _kafka)]
    return 0 if all([_report(name, check) for name, check in checks]) else 1


def _report(name: str, check: Callable[[], str]) -> bool:
    try:
        say(f"  ok     {name:11} {check()}")
    except (Failure, OSError, subprocess.SubprocessError) as problem:
        say(f"  WRONG  {name:11} {problem}")
        return False
    return True


def _python() -> str:
    if sys.version_info[:2] < OLDEST_PYTHON:
        raise Failure(f"Python {platform.python_version()} is too old: 3.11 is needed.")
    return f"{platform.python_version()} on {platform.platform()}, {os.cpu_count()} processors"


def _home(home: Home) -> str:
    home.create()
    running = home.running() if home.is_locked() else None
    return f"{home.folder}" + (f", runs at {running.url}" if running else "")


def _space(home: Home) -> str:
    check_space(home.folder)
    return "enough room"


def _port(home: Home, settings: Settings) -> str:
    if home.is_locked():
        return "ours"
    if settings.port:
        check_port(settings.port, settings.host)
    return f"{settings.port or 'any'} is free"


def _postgres(home: Home) -> str:
    return Postgres(home.postgres_data, password="", log=home.log("postgres")).version()


def _java() -> str:
    runtime = java.find()
    shown = subprocess.run([runtime.command, "-version"], capture_output=True, check=True)
    return shown.stderr.decode().splitlines()[0]


def _kafka() -> str:
    jars = artifacts.kafka_jars()
    return f"{len(jars)} intact files in {jars[0].parent}"
