"""`commontime up | down | status | reset`: one instance on its home."""

import os
import shutil
import signal
import sys
import time
from argparse import Namespace

from standalone import disguise, processes
from standalone.failures import Failure
from standalone.home import Home
from standalone.launcher import Launcher
from standalone.leftovers import stop_leftovers
from standalone.progress import Progress
from standalone.settings import Settings
from standalone.signals import stop_on_signals
from standalone.terminal import say

STOP_LIMIT = 40
MEGABYTE = 1_000_000


def up(settings: Settings, options: Namespace) -> int:
    """Run in the foreground until a signal."""
    home = Home(settings.home)
    home.create()
    with home.lock(), stop_on_signals():
        Launcher(home, settings, Progress()).run()
    return 0


def down(settings: Settings, options: Namespace) -> int:
    """Stop the launcher that runs on the home, or what a killed one left behind."""
    home = Home(settings.home)
    if not home.is_locked():
        count = stop_leftovers(home)
        say(f"Stopped {count} leftover processes." if count else "Nothing runs here.")
        return 0
    running = home.running()
    if running:
        os.kill(running.launcher, signal.SIGTERM)
    deadline = time.monotonic() + STOP_LIMIT
    while home.is_locked():
        if time.monotonic() > deadline:
            raise Failure(f"It did not stop within {STOP_LIMIT} s (see {home.folder}/logs).")
        time.sleep(0.05)
    say("Stopped.")
    return 0


def status(settings: Settings, options: Namespace) -> int:
    """Print what runs and where; the exit code is 3 when nothing does, as for services."""
    home = Home(settings.home)
    running = home.running() if home.is_locked() else None
    if running is None:
        say(f"Commontime does not run on {home.folder}.")
        return 3
    say(f"Commontime runs at {running.url} (launcher {running.launcher}).")
    say(f"Kafka answers at {running.kafka}; data and logs lie in {home.folder}.")
    for name, pid in running.children.items():
        say(f"  {name:24} process {pid:<8} {processes.memory_of(pid) // MEGABYTE:5} MB")
    say(f"  in all {processes.memory_of(running.launcher) // MEGABYTE} MB")
    return 0


def reset(settings: Settings, options: Namespace) -> int:
    """Delete all data of the home, after asking."""
    home = Home(settings.home)
    if home.is_locked():
        raise Failure("Commontime runs: stop it first with `commontime down`.")
    if not options.yes:
        if not sys.stdin.isatty():
            raise Failure("This deletes all data: say `commontime reset --yes`.")
        if input(f"Delete everything in {home.folder}? [y/N] ").strip().lower() != "y":
            say("Nothing was deleted.")
            return 1
    stop_leftovers(home)
    elsewhere = disguise.shared_folder(home.postgres_data)
    for path in (*home.everything(), *elsewhere.glob("*")):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    kept = home.folder / "backups"
    say("All data has been deleted" + (f"; backups stay in {kept}." if kept.exists() else "."))
    return 0
