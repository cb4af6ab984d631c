"""The event store's tables, one set in each database of a service that decides facts."""

from pathlib import Path

FOLDER = Path(__file__).parent
