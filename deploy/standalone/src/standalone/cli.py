"""The `commontime` command: the whole system on this machine.

What it runs on is set by variables: COMMONTIME_HOME (the folder with all data), COMMONTIME_PORT
and COMMONTIME_HOST; COMMONTIME_DATABASE_URL and KAFKA_BOOTSTRAP_SERVERS name servers to use
instead of our own.
"""

import argparse
import errno
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from chassis.settings import load
from standalone import (
    accounts,
    backup,
    control,
    demo,
    doctor,
    erasures,
    maintenance,
    participants,
    restore,
)
from standalone.failures import Failure
from standalone.services import SERVICES
from standalone.settings import Settings

_Add: TypeAlias = Callable[[str, object, str], argparse.ArgumentParser]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return options.run(load(Settings), options)
    except Failure as failure:
        print(failure, file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    except OSError as problem:
        if problem.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        print(f"The disk is full: {problem.filename or problem}.", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="commontime",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    names = [service.name for service in SERVICES]

    def add(name: str, run: object, summary: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=summary, description=summary)
        command.set_defaults(run=run)
        return command

    add("up", control.up, "Start everything, print the URLs, run until Ctrl-C.")
    add("down", control.down, "Stop what `up` started.")
    add("status", control.status, "Say what runs, where, and how much memory it takes.")
    add("demo", demo.run, "Fill in a poll with eight people and an event; print the links.")
    reset = add("reset", control.reset, "Delete all data, after asking.")
    reset.add_argument("--yes", action="store_true", help="do not ask")
    rebuild = add("rebuild", maintenance.rebuild, "Make a service's read models again.")
    rebuild.add_argument("service", nargs="?", choices=names, help="one service; else all")
    republish = add("republish", maintenance.republish, "Send a service's facts to Kafka again.")
    owners = [service.name for service in SERVICES if service.publishes]
    republish.add_argument("service", nargs="?", choices=owners, help="one service; else all")
    republish.add_argument("--key", help="only the facts of this poll or event")
    account = add("account", accounts.reset, "Help somebody who cannot sign in.")
    account.add_argument(
        "action", choices=["reset"], help="give the account a new password and print it"
    )
    account.add_argument("email", help="the account's address")
    for name, run, summary in (
        ("export-participant", participants.export, "Print all that is stored about a person."),
        ("erase-participant", participants.erase, "Erase a person who asks for it."),
    ):
        person = add(name, run, summary)
        person.add_argument("poll", help="the poll's id")
        person.add_argument("participant", help="the participant's id in it")
    _add_backups(add)
    add("doctor", doctor.run, "Check everything it needs on this machine.")
    return parser


def _add_backups(add: _Add) -> None:
    saving = add("backup", backup.run, "Save all four databases as of one instant.")
    saving.add_argument(
        "folder", nargs="?", type=Path, help="a new folder; else one in the home's `backups`"
    )
    saving.add_argument(
        "--metrics",
        type=Path,
        metavar="FILE",
        help="say in this *.prom file, for a node exporter, when the last backup was made",
    )
    restoring = add("restore", restore.run, "Replace all data by a backup, after asking.")
    restoring.add_argument("folder", type=Path, help="the backup's folder")
    restoring.add_argument(
        "--erasures",
        nargs="+",
        type=Path,
        default=[],
        metavar="FILE",
        help="what `commontime erasures` wrote, or later backups: is erased again",
    )
    restoring.add_argument(
        "--other-key",
        action="store_true",
        help="go on although the encryption key is another one: webhooks' secrets are lost",
    )
    restoring.add_argument("--yes", action="store_true", help="do not ask")
    erased = add("erasures", erasures.run, "List who and what was erased, to be kept apart.")
    erased.add_argument(
        "--since", type=erasures.since, metavar="TIME", help="only what was erased since, ISO 8601"
    )


if __name__ == "__main__":
    sys.exit(main())
