"""The tables of the service's database: the libraries' first, then its own."""

from pathlib import Path

import eventstore.migrations
import inbox.migrations
import timers.migrations

FOLDERS: tuple[Path, ...] = (
    eventstore.migrations.FOLDER,
    timers.migrations.FOLDER,
    inbox.migrations.FOLDER,
    Path(__file__).parent,
)
