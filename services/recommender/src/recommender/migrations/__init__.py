"""The database of recommender: plain SQL, in order, libraries first."""

from pathlib import Path

import eventstore.migrations
import inbox.migrations

FOLDERS: tuple[Path, ...] = (
    eventstore.migrations.FOLDER,
    inbox.migrations.FOLDER,
    Path(__file__).parent,
)
