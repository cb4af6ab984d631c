"""`python -m event_lifecycle serve|migrate|openapi|rebuild|republish|catch-up`."""

from chassis.serve import main
from event_lifecycle.main import NAME, create_app
from event_lifecycle.maintenance import catch_up, rebuild, republish
from event_lifecycle.migrations import FOLDERS
from event_lifecycle.settings import Settings

if __name__ == "__main__":
    commands = {"rebuild": rebuild, "republish": republish, "catch-up": catch_up}
    main(NAME, Settings, create_app, FOLDERS, commands=commands)
