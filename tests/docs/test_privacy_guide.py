"""docs/privacy.md names every table that there is, and none that there is not."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg
import pytest

from availability.migrations import FOLDERS as AVAILABILITY
from event_lifecycle.migrations import FOLDERS as EVENT_LIFECYCLE
from poll_api.migrations import FOLDERS as POLL_API
from recommender.migrations import FOLDERS as RECOMMENDER

GUIDE = Path(__file__).parents[2] / "docs" / "privacy.md"
SERVICES: dict[str, Sequence[Path]] = {
    "poll-api": POLL_API,
    "availability": AVAILABILITY,
    "recommender": RECOMMENDER,
    "event-lifecycle": EVENT_LIFECYCLE,
}
TABLES = """
select relname from pg_class
where relkind in ('r', 'p') and not relispartition and relnamespace = 'public'::regnamespace
"""


def described(service: str) -> set[str]:
    rows = re.findall(r"^\| ([a-z, -]+) \| (`.+?) \| .+ \|$", GUIDE.read_text(), re.M)
    return {
        table
        for owners, tables in rows
        if owners == "all" or service in owners.split(", ")
        for table in re.findall(r"`(\w+)`", tables)
    }


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_every_table_of_a_service_is_described(
    service: str,
    template_database: Callable[..., str],
    new_database: Callable[[str], str],
) -> None:
    name = service.replace("-", "_")
    url = new_database(template_database(name, *SERVICES[service]))
    with psycopg.connect(url) as connection:
        tables = {table for (table,) in connection.execute(TABLES)}
    assert described(service) == tables
