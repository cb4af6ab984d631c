"""What the service does while others are away, and how its process is told what to do."""

import json
import subprocess
import sys
from collections.abc import Callable

from httpx import ASGITransport, AsyncClient

from chassis.migrations import migrate
from inbox.testing.messages import Topics
from inbox.testing.owner import Owner, serve_owner
from recommender.main import create_app
from recommender.migrations import FOLDERS
from recommender.testing import Others, free, opened, settings_of

NOBODY = "127.0.0.1:9"


async def test_without_kafka_it_starts_and_asks_the_owners(
    template_database: Callable[..., str], new_database: Callable[[str], str]
) -> None:
    database = new_database(template_database("recommender", *FOLDERS))
    async with serve_owner() as poll_api, serve_owner() as availability:
        settings = settings_of(database, NOBODY, "t.", poll_api, availability)
        they = Others(poll_api, availability, Topics(None, NOBODY, ""), sends=False)  # pyright: ignore[reportArgumentType]  # nothing is sent
        poll = await they.opened()
        await they.answered(poll, None, free(0, 1))
        async with opened(settings) as recommender:
            ready = await recommender.client.get("/readyz")
            answer = await recommender.asked(poll)
    assert ready.status_code == 200
    assert answer.json()["recommendations"][0]["guaranteed"] == 1


async def test_it_is_not_ready_before_its_database_is_migrated(
    new_database: Callable[[], str], as_owner: Callable[[str], str]
) -> None:
    database = new_database()
    owner = Owner(url="http://127.0.0.1:9")
    app = create_app(settings_of(database, NOBODY, "t.", owner, owner))
    async with app.router.lifespan_context(app):
        transport = ASGITransport(app, raise_app_exceptions=False)
        async with AsyncClient(transport=transport, base_url="http://recommender") as client:
            before = await client.get("/readyz")
            migrate(as_owner(database), *FOLDERS)
            after = await client.get("/readyz")
    assert (before.status_code, after.status_code) == (503, 200)


def test_the_command_line_describes_the_api_without_any_setting() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "recommender", "openapi"], check=True, capture_output=True, env={}
    )
    paths = json.loads(printed.stdout)["paths"]
    assert "/api/v1/polls/{poll_id}/recommendations" in paths
