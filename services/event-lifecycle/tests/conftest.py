"""The service on a real database, its owners in a few lines, and a partner.

One service for all tests of a file, on tables that each test finds empty; a test that needs
other settings, or starts and stops the service, has a database of its own.
"""

from asyncio import to_thread
from collections.abc import AsyncGenerator, Callable
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from event_lifecycle.migrations import FOLDERS
from event_lifecycle.settings import Settings
from event_lifecycle.testing.dispatching import Desk, open_desk
from event_lifecycle.testing.receiver import Receiver, serve_receiver
from event_lifecycle.testing.running import ADMIN, SERVICE_TOKEN, Running, run
from inbox.testing.owner import Owner, serve_owner

TemplateDatabase = Callable[..., str]
NewDatabase = Callable[[str], str]
# Port 1 of this machine: connecting is refused at once. What is answered, completed and told to
# partners must not depend on Kafka; tests that are about it name one.
NO_KAFKA = "127.0.0.1:1"


def settings_of(database: str, owner: Owner, **changes: Any) -> Settings:
    values: dict[str, Any] = {
        "database_url": database,
        "kafka_bootstrap_servers": NO_KAFKA,
        "instance_id": "one",
        "service_token": SERVICE_TOKEN,
        "public_url": "http://localhost:8000",
        "poll_api_url": owner.url,
        "availability_url": owner.url,
        "admin_token": ADMIN,
        "encryption_key": "an encryption key for these tests",
        "webhook_allow_http": True,
        "webhook_allow_private": True,
        "webhook_retry_schedule": (timedelta(milliseconds=30),) * 3,
        **changes,
    }
    return Settings(**values)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def serving_owner() -> AsyncGenerator[Owner]:
    async with serve_owner() as served:
        yield served


@pytest.fixture
def owner(serving_owner: Owner) -> Owner:
    """Of polls and of schedules, both."""
    serving_owner.status = 200
    return serving_owner


@pytest.fixture(scope="module")
def shared_settings(
    template_database: TemplateDatabase, module_database: NewDatabase, serving_owner: Owner
) -> Settings:
    return settings_of(
        module_database(template_database("event_lifecycle", *FOLDERS)), serving_owner
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(shared_settings: Settings) -> AsyncGenerator[Running]:
    async with run(shared_settings) as service:
        yield service


@pytest_asyncio.fixture(loop_scope="module")
async def running(shared: Running, forget_facts: Callable[[str], None]) -> Running:
    await shared.empties_its_tables()
    await to_thread(forget_facts, shared.settings.database_url.get_secret_value())
    return shared


@pytest.fixture
def settings_with(
    template_database: TemplateDatabase, new_database: NewDatabase, owner: Owner
) -> Callable[..., Settings]:
    """Settings of one database of the test's own, whatever else they are told."""
    database = new_database(template_database("event_lifecycle", *FOLDERS))

    def make(**changes: Any) -> Settings:
        return settings_of(database, owner, **changes)

    return make


@pytest.fixture
def settings(settings_with: Callable[..., Settings]) -> Settings:
    return settings_with()


@pytest_asyncio.fixture(loop_scope="module")
async def receiver() -> AsyncGenerator[Receiver]:
    async with serve_receiver() as served:
        yield served


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_desk(
    template_database: TemplateDatabase, module_database: NewDatabase, serving_owner: Owner
) -> AsyncGenerator[Desk]:
    database = module_database(template_database("event_lifecycle", *FOLDERS))
    async with open_desk(settings_of(database, serving_owner)) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def desk(shared_desk: Desk) -> Desk:
    """Without endpoints and without the service: tests start the dispatchers they need."""
    await shared_desk.rows("delete from webhook_endpoints")
    return shared_desk
