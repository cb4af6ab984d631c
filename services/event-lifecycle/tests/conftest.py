"""The service on a database and topics of the test's own, its owners, and a partner."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from event_lifecycle.migrations import FOLDERS
from event_lifecycle.settings import Settings
from event_lifecycle.testing.receiver import Receiver, serve_receiver
from event_lifecycle.testing.running import ADMIN, SERVICE_TOKEN, Running, run
from inbox.testing.owner import Owner, serve_owner

TemplateDatabase = Callable[..., str]
NewDatabase = Callable[[str], str]
# Port 1 of this machine: connecting is refused at once.
NO_KAFKA = "127.0.0.1:1"


@pytest.fixture
async def owner() -> AsyncIterator[Owner]:
    """Of polls and of schedules, both."""
    async with serve_owner() as served:
        yield served


@pytest.fixture
def settings_with(
    template_database: TemplateDatabase,
    new_database: NewDatabase,
    topic_prefix: str,
    owner: Owner,
) -> Callable[..., Settings]:
    """Settings of one database, whatever else they are told; without a Kafka unless told of one.

    What is answered and what is completed must not depend on it.
    """
    url = new_database(template_database("event_lifecycle", *FOLDERS))

    def make(**changes: Any) -> Settings:
        return Settings(
            **{
                "database_url": SecretStr(url),
                "kafka_bootstrap_servers": NO_KAFKA,
                "kafka_topic_prefix": topic_prefix,
                "instance_id": "one",
                "service_token": SecretStr(SERVICE_TOKEN),
                "public_url": "http://localhost:8000",
                "poll_api_url": owner.url,
                "availability_url": owner.url,
                "admin_token": SecretStr(ADMIN),
                "encryption_key": SecretStr("an encryption key for these tests"),
                "webhook_allow_http": True,
                "webhook_allow_private": True,
                "webhook_retry_schedule": (timedelta(milliseconds=30),) * 3,
                **changes,
            }
        )

    return make


@pytest.fixture
def settings(settings_with: Callable[..., Settings]) -> Settings:
    return settings_with()


@pytest.fixture
async def running(settings: Settings) -> AsyncIterator[Running]:
    async with run(settings) as service:
        yield service


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with serve_receiver() as served:
        yield served
