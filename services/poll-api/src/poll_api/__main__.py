"""`python -m poll_api serve|migrate|openapi|…`: what else there is, `commands` says."""

from chassis.serve import main
from poll_api.accounts.maintenance import reset
from poll_api.main import NAME, create_app
from poll_api.maintenance import catch_up, rebuild, republish
from poll_api.migrations import FOLDERS
from poll_api.restored import after_restore
from poll_api.settings import Settings

if __name__ == "__main__":
    commands = {
        "rebuild": rebuild,
        "republish": republish,
        "catch-up": catch_up,
        "account-reset": reset,
        "after-restore": after_restore,
    }
    main(NAME, Settings, create_app, FOLDERS, commands=commands)
