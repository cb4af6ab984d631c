"""`python -m recommender serve|migrate|openapi|rebuild`."""

from chassis.serve import main
from recommender.main import NAME, create_app
from recommender.maintenance import rebuild
from recommender.migrations import FOLDERS
from recommender.settings import Settings

if __name__ == "__main__":
    main(NAME, Settings, create_app, FOLDERS, commands={"rebuild": rebuild})
