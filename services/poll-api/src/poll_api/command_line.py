"""What the program can be told to do: what every service can, and its own commands."""

from chassis import serve
from poll_api.accounts.maintenance import reset
from poll_api.main import NAME, create_app
from poll_api.maintenance import catch_up, rebuild, republish
from poll_api.migrations import FOLDERS
from poll_api.restored import after_restore
from poll_api.settings import Settings


def main() -> None:
    """Run what the command line says."""
    commands = {
        "rebuild": rebuild,
        "republish": republish,
        "catch-up": catch_up,
        "account-reset": reset,
        "after-restore": after_restore,
    }
    serve.main(NAME, Settings, create_app, FOLDERS, commands=commands)
