"""The claim follows indexes whatever PostgreSQL believes of the tables."""

from collections.abc import Callable
from importlib.resources import files

import psycopg
import pytest

from event_lifecycle.settings import Settings
from timers.testing import plan_of, read_for_each_row, read_from_end_to_end

pytestmark = pytest.mark.asyncio(loop_scope="module")
CLAIM = files("event_lifecycle").joinpath("claim_completions.sql").read_bytes()
OF_ONE_ROW = {"sequences", "told"}


async def test_a_claim_planned_while_nothing_was_there_stays_fast(
    settings: Settings, as_owner: Callable[[str], str]
) -> None:
    url = settings.database_url.get_secret_value()
    with psycopg.connect(as_owner(url), autocommit=True) as connection:
        connection.execute("vacuum analyze")
    plan = await plan_of(url, CLAIM)
    assert read_from_end_to_end(plan) == set()
    assert set(read_for_each_row(plan)) <= OF_ONE_ROW
