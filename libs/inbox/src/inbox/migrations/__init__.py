"""The inbox's tables, one set in each database of a service that consumes."""

from pathlib import Path

FOLDER = Path(__file__).parent
