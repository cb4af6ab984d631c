"""The claim follows indexes whatever PostgreSQL believes of the tables."""

from importlib.resources import files

import pytest

from event_lifecycle.settings import Settings
from event_lifecycle.testing.running import connect
from timers.testing import plan_of, read_for_each_row, read_from_end_to_end

pytestmark = pytest.mark.asyncio(loop_scope="module")
CLAIM = files("event_lifecycle").joinpath("claim_completions.sql").read_bytes()
OF_ONE_ROW = {"sequences", "told"}


async def test_a_claim_planned_while_nothing_was_there_stays_fast(settings: Settings) -> None:
    async with await connect(settings) as connection:
        await connection.execute("vacuum analyze")
    plan = await plan_of(settings.database_url.get_secret_value(), CLAIM)
    assert read_from_end_to_end(plan) == set()
    assert set(read_for_each_row(plan)) <= OF_ONE_ROW
