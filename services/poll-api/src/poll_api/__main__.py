"""`python -m poll_api serve|migrate|openapi|rebuild|republish|account-reset`."""

from chassis.serve import main
from poll_api.accounts.maintenance import reset
from poll_api.main import NAME, create_app
from poll_api.maintenance import rebuild, republish
from poll_api.migrations import FOLDERS
from poll_api.settings import Settings

if __name__ == "__main__":
    commands = {"rebuild": rebuild, "republish": republish, "account-reset": reset}
    main(NAME, Settings, create_app, FOLDERS, commands=commands)
