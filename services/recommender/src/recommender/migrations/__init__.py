"""The database of recommender: plain SQL, in order, libraries first."""

from pathlib import Path

import inbox.migrations

FOLDERS: tuple[Path, ...] = (inbox.migrations.FOLDER, Path(__file__).parent)
