"""What the program can be told to do: what every service can, and its own commands."""

from chassis import serve
from event_lifecycle.main import NAME, create_app
from event_lifecycle.maintenance import catch_up, rebuild, republish
from event_lifecycle.migrations import FOLDERS
from event_lifecycle.settings import Settings


def main() -> None:
    """Run what the command line says."""
    commands = {"rebuild": rebuild, "republish": republish, "catch-up": catch_up}
    serve.main(NAME, Settings, create_app, FOLDERS, commands=commands)
