"""This service's tables, after those of the libraries it stands on."""

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
