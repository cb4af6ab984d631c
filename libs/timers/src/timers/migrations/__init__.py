"""The table of timers, one in each database of a service that has any."""

from pathlib import Path

FOLDER = Path(__file__).parent
