"""`python -m recommender serve|migrate|openapi|rebuild|republish|catch-up`."""

from chassis.serve import main
from recommender.main import NAME, create_app
from recommender.maintenance import catch_up, rebuild, republish
from recommender.migrations import FOLDERS
from recommender.settings import Settings

if __name__ == "__main__":
    commands = {"rebuild": rebuild, "republish": republish, "catch-up": catch_up}
    main(NAME, Settings, create_app, FOLDERS, commands=commands)
