"""`python -m event_lifecycle serve|migrate|openapi|rebuild|republish`."""

from collections.abc import Sequence

from chassis.serve import main
from event_lifecycle.main import NAME, create_app, open_database
from event_lifecycle.migrations import FOLDERS
from event_lifecycle.projections import READ_MODEL_TABLES, project_events
from event_lifecycle.settings import Settings
from eventstore.rebuild import rebuild
from eventstore.republish import republish


async def rebuild_read_model(settings: Settings, _: Sequence[str]) -> None:
    """From the facts alone: nothing is announced again."""
    pool = await open_database(settings)
    async with pool:
        await rebuild(pool, [project_events], READ_MODEL_TABLES)


async def republish_facts(settings: Settings, words: Sequence[str]) -> None:
    """The facts of the event whose id is given, or of all; the running relay sends them."""
    pool = await open_database(settings)
    async with pool, pool.connection() as connection:
        await republish(connection, words[0] if words else None)


main(
    NAME,
    Settings,
    create_app,
    FOLDERS,
    commands={"rebuild": rebuild_read_model, "republish": republish_facts},
)
