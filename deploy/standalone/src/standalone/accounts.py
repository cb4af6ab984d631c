"""`commontime account reset`: a new password for somebody who forgot theirs."""

import subprocess
import sys
from argparse import Namespace

from standalone.environment import service_environment
from standalone.maintenance import running_instance
from standalone.settings import Settings
from standalone.terminal import say


def reset(settings: Settings, options: Namespace) -> int:
    """Print the new password: it is shown this once, and its owner should change it."""
    home, running = running_instance(settings)
    environment = service_environment(
        home, settings, server=running.database, bootstrap=running.kafka, url=running.url
    )
    command = [sys.executable, "-m", "poll_api", "account-reset", "--", options.email]
    done = subprocess.run(command, env=environment, check=False, stdout=subprocess.PIPE, text=True)
    if not done.returncode:
        say(f"Their new password, to be changed by them: {done.stdout.strip()}")
        say("They are signed out everywhere, and their personal tokens are deleted.")
    return done.returncode
