"""`commontime rebuild | republish`: make what is derived again, on the running instance."""

import os
import subprocess
import sys
from argparse import Namespace

from standalone.api import Api
from standalone.environment import service_environment
from standalone.failures import Failure
from standalone.home import Home, Running
from standalone.services import SERVICES, Service
from standalone.settings import Settings
from standalone.terminal import say


def running_instance(settings: Settings) -> tuple[Home, Running]:
    """Return the home and what runs on it. Raises `Failure` when nothing does."""
    home = Home(settings.home)
    running = home.running() if home.is_locked() else None
    if running is None:
        raise Failure(f"Commontime does not run on {home.folder}: start it with `commontime up`.")
    return home, running


def run_beside(
    settings: Settings, package: str, command: str, *words: str, capture: bool = False
) -> subprocess.CompletedProcess[str]:
    """Have a service's program carry out a command on what runs; `capture` keeps what it prints.

    Raises `Failure` when nothing runs.
    """
    home, running = running_instance(settings)
    environment = service_environment(
        home, settings, server=running.database, bootstrap=running.kafka, url=running.url
    )
    line = [sys.executable, "-m", package, command, "--", *words]
    stdout = subprocess.PIPE if capture else None
    return subprocess.run(line, env=environment, check=False, stdout=stdout, text=True)


def rebuild(settings: Settings, options: Namespace) -> int:
    """Empty a service's projections and replay its facts into them."""
    running_instance(settings)
    for service in chosen(options.service):
        say(f"Rebuilding {service.name} …")
        if code := run_beside(settings, service.package, "rebuild").returncode:
            return code
    return 0


def republish(settings: Settings, options: Namespace) -> int:
    """Ask a service's relay to send its facts to Kafka again: all, or those of one key."""
    home, running = running_instance(settings)
    token = os.environ.get("COMMONTIME_SERVICE_TOKEN") or home.secret("service-token")
    body = {"key": options.key} if options.key else {}
    for service in filter(lambda service: service.publishes, chosen(options.service)):
        Api(running.url).call("POST", f"/-/{service.name}/internal/v1/republish", token, body)
        say(f"{service.name} publishes again.")
    return 0


def chosen(name: str | None) -> tuple[Service, ...]:
    """Return the service of that name, or all of them."""
    return tuple(service for service in SERVICES if name in {None, service.name})
