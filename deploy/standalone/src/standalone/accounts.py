"""`commontime account reset`: a new password for somebody who forgot theirs."""

from argparse import Namespace

from standalone.maintenance import run_beside
from standalone.settings import Settings
from standalone.terminal import say


def reset(settings: Settings, options: Namespace) -> int:
    """Print the new password: it is shown this once, and its owner should change it."""
    done = run_beside(settings, "poll_api", "account-reset", options.email, capture=True)
    if not done.returncode:
        say(f"Their new password, to be changed by them: {done.stdout.strip()}")
        say("They are signed out everywhere, and their personal tokens are deleted.")
    return done.returncode
