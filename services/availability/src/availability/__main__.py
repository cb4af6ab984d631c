"""`python -m availability serve|migrate|openapi|…`: what else there is, `commands` says."""

from availability import data_subjects
from availability.main import NAME, create_app
from availability.maintenance import rebuild, republish
from availability.migrations import FOLDERS
from availability.settings import Settings
from chassis.serve import main

if __name__ == "__main__":
    commands = {
        "rebuild": rebuild,
        "republish": republish,
        "export-participant": data_subjects.export,
        "erase-participant": data_subjects.erase,
    }
    main(NAME, Settings, create_app, FOLDERS, commands=commands)
