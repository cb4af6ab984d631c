"""`python -m availability serve|migrate|openapi|…`: what else there is, `commands` says."""

from availability import data_subjects
from availability.main import NAME, create_app
from availability.maintenance import catch_up, rebuild, republish
from availability.migrations import FOLDERS
from availability.restored import after_restore
from availability.settings import Settings
from chassis.serve import main

if __name__ == "__main__":
    commands = {
        "rebuild": rebuild,
        "republish": republish,
        "catch-up": catch_up,
        "export-participant": data_subjects.export,
        "erase-participant": data_subjects.erase,
        "after-restore": after_restore,
    }
    main(NAME, Settings, create_app, FOLDERS, commands=commands)
