"""`python -m recommender serve|migrate|openapi|rebuild|republish`."""

from chassis.serve import main
from recommender.main import NAME, create_app
from recommender.maintenance import rebuild, republish
from recommender.migrations import FOLDERS
from recommender.settings import Settings

if __name__ == "__main__":
    commands = {"rebuild": rebuild, "republish": republish}
    main(NAME, Settings, create_app, FOLDERS, commands=commands)
