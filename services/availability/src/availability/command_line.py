"""What the program can be told to do: what every service can, and its own commands."""

from availability import data_subjects
from availability.main import NAME, create_app
from availability.maintenance import catch_up, rebuild, republish
from availability.migrations import FOLDERS
from availability.restored import after_restore
from availability.settings import Settings
from chassis import serve


def main() -> None:
    """Run what the command line says."""
    commands = {
        "rebuild": rebuild,
        "republish": republish,
        "catch-up": catch_up,
        "export-participant": data_subjects.export,
        "erase-participant": data_subjects.erase,
        "after-restore": after_restore,
    }
    serve.main(NAME, Settings, create_app, FOLDERS, commands=commands)
