"""What the program can be told to do: what every service can, and its own commands."""

from chassis import serve
from recommender.main import NAME, create_app
from recommender.maintenance import catch_up, rebuild, republish
from recommender.migrations import FOLDERS
from recommender.settings import Settings


def main() -> None:
    """Run what the command line says."""
    commands = {"rebuild": rebuild, "republish": republish, "catch-up": catch_up}
    serve.main(NAME, Settings, create_app, FOLDERS, commands=commands)
