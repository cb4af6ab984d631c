"""Polls that were opened before they could be owned are read, listed by their end, and kept up."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from chassis.migrations import migrate
from poll_api.migrations import FOLDERS
from poll_api.projections import DOCUMENT
from poll_api.settings import Settings
from poll_api.testing import PollApi

pytestmark = pytest.mark.asyncio(loop_scope="module")

NEW = ("owner", "regret")


async def test_documents_of_the_version_before_get_their_columns(
    poll_api: PollApi,
    template_database: Callable[..., str],
    new_database: Callable[[str], str],
    as_owner: Callable[[str], str],
    settings: Settings,
    tmp_path: Path,
) -> None:
    own = tmp_path / "poll_api" / "migrations"
    own.mkdir(parents=True)
    shutil.copy(FOLDERS[-1] / "0001_polls.sql", own)
    url = new_database(template_database("poll_api_before_ownership", *FOLDERS[:-1], own))
    poll = await poll_api.opens()
    with psycopg.connect(poll_api.database) as connection:
        row = connection.execute(
            "select document from polls where poll_id = %s", (poll.id,)
        ).fetchone()
    assert row is not None
    old = {name: value for name, value in row[0].items() if name not in NEW}
    del old["details"]["invited"]
    with psycopg.connect(url) as connection:
        connection.execute(
            "insert into polls (poll_id, state, version, document) values (%s, 'open', 1, %s)",
            (poll.id, json.dumps(old)),
        )
    migrate(as_owner(url), *FOLDERS)
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "select document::text, owner, invited, window_end from polls"
        ).fetchone()
    assert found is not None
    document, owner, invited, window_end = found
    known = DOCUMENT.validate_json(document)
    assert (known.owner, known.regret, known.details.invited) == (None, None, ())
    assert (owner, invited, window_end) == (None, None, known.details.window.end)


async def test_a_document_that_names_guests_and_an_owner_is_filled_in(
    poll_api: PollApi,
) -> None:
    """As by a version that knew them in facts before it had these columns."""
    guest = "0198f0a0-0000-7000-8000-0000000000a1"
    poll = await poll_api.opens(access="invited", invited=[guest])
    statement = (FOLDERS[-1] / "0003_ownership.sql").read_text()
    fill = statement[statement.index("update polls") : statement.index("create index")]
    with psycopg.connect(poll_api.database) as connection:
        connection.execute(
            "update polls set invited = null, owner = null, window_end = null,"
            " document = document || %s where poll_id = %s",
            (json.dumps({"owner": guest}), poll.id),
        )
        connection.execute(fill.encode())
        row = connection.execute(
            "select owner::text, invited::text from polls where poll_id = %s", (poll.id,)
        ).fetchone()
        connection.rollback()
    assert row == (guest, f"{{{guest}}}")
