"""Topics and users of the manifests: what the code needs, at a broker that allows no more."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import (
    KafkaConnectionError,
    TopicAuthorizationFailedError,
)
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from chassis.kafka_security import KafkaSecurity
from commontime_driver import Commontime, at, eventually, free
from contracts import topics
from eventstore.topic_admin import TopicAdmin
from guarded_kafka import GuardedKafka
from kafka_users import allowed, users
from manifests import rendered
from standalone.lifespans import together
from standalone.routes import service_of
from standalone.services import SERVICES, Service

TemplateDatabase = Callable[..., str]
NewDatabase = Callable[[str], str]
NAMES = [service.name for service in SERVICES]
# Nobody answers there: facts reach a service by Kafka or not at all.
NOBODY = "http://127.0.0.1:1"

PASSWORDS = {name: secrets.token_urlsafe() for name in (*NAMES, "keda")}


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedKafka]:
    """A broker with the topics and the users of the manifests."""
    broker = GuardedKafka(tmp_path_factory.mktemp("guarded"))
    try:
        broker.create_topics(rendered("prod").of("KafkaTopic"))
        for name, user in users().items():
            broker.add_user(user, PASSWORDS[name])
        yield broker
    finally:
        broker.stop()


def _security(kafka: GuardedKafka, user: str, **other: Any) -> KafkaSecurity:
    values: Any = {"password": PASSWORDS[user], "authority": kafka.authority, **other}
    return KafkaSecurity("SASL_SSL", username=user, **values)


@pytest.fixture
async def commontime(
    kafka: GuardedKafka, template_database: TemplateDatabase, new_database: NewDatabase
) -> AsyncIterator[Commontime]:
    """All four services, each as its own user."""
    apps: dict[str, FastAPI] = {}
    for service in SERVICES:
        database = new_database(template_database(service.package, *service.migration_folders()))
        apps[service.name] = service.create_app(_settings(kafka, service, database))

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        await apps[service_of(scope["path"]) or ""](scope, receive, send)

    async with AsyncExitStack() as opened:
        await opened.enter_async_context(together(apps.values()))
        driver = await opened.enter_async_context(Commontime("http://commontime.test"))
        await driver.client.aclose()
        driver.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(dispatch), base_url=driver.url, timeout=30
        )
        yield driver


def _settings(kafka: GuardedKafka, service: Service, database: str) -> Any:
    return service.settings_class().model_validate(
        {
            "database_url": database,
            "kafka_bootstrap_servers": kafka.bootstrap,
            "kafka_security_protocol": "SASL_SSL",
            "kafka_username": service.name,
            "kafka_password": PASSWORDS[service.name],
            "kafka_ca": kafka.authority,
            "instance_id": "one",
            "public_url": "http://commontime.test",
            **dict.fromkeys(("service_token", "admin_token"), "a" * 32),
            **dict.fromkeys(("encryption_key", "signing_key"), "b" * 43),
            **dict.fromkeys(("poll_api_url", "availability_url", "recommender_url"), NOBODY),
        }
    )


async def test_the_services_work_with_these_rights_and_read_no_more_than_they_may(
    commontime: Commontime, kafka: GuardedKafka
) -> None:
    poll = await commontime.opens_a_poll()
    path = f"{poll.path}/participants"
    await eventually(lambda: _status(commontime, path, poll.answer), _ok, seconds=60)
    ann = await commontime.joins(poll, "Ann")
    await commontime.submits(ann, free(2, 4))
    await eventually(
        lambda: commontime.sees_recommended(poll, least=False),
        lambda seen: (
            seen["participants"]["answered"] == 1 and seen["people"] == {ann.id: {"name": "Ann"}}
        ),
    )
    decided = await commontime.finalises(poll, at(2))
    event = await eventually(
        lambda: commontime.sees_event(decided["event_id"], poll.answer),
        lambda event: event is not None,
    )
    assert event is not None
    for name in NAMES:
        await eventually(
            lambda group=name: asyncio.to_thread(kafka.read_by, group),
            lambda read, group=name: read == allowed(group, "Read"),
        )
    await _every_consumer_leaves_a_letter(kafka)


def _ok(status: int) -> bool:
    return status == 200


async def _status(commontime: Commontime, path: str, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return (await commontime.client.get(path, headers=headers)).status_code


async def _every_consumer_leaves_a_letter(kafka: GuardedKafka) -> None:
    """Of a message that nobody can read, in whatever each of them reads."""
    producer: Any = AIOKafkaProducer(bootstrap_servers=kafka.plain)
    async with producer:
        for topic in (topics.POLLS, topics.SCHEDULES):
            await producer.send_and_wait(topic.name, b"no fact", key=b"k")
    letters = [topics.dead_letter(name).name for name in NAMES]
    consumer: Any = AIOKafkaConsumer(
        *letters, bootstrap_servers=kafka.plain, auto_offset_reset="earliest"
    )
    left: set[str] = set()
    async with consumer, asyncio.timeout(30):
        while left != set(letters):
            left.add((await consumer.getone()).topic)


@asynccontextmanager
async def _producer(kafka: GuardedKafka, security: KafkaSecurity) -> AsyncGenerator[Any]:
    producer: Any = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, **security.arguments())
    try:
        await producer.start()
        yield producer
    finally:
        await producer.stop()


def test_who_scales_measures_how_far_a_group_is_behind(kafka: GuardedKafka) -> None:
    for group in ("recommender", "event-lifecycle"):
        assert kafka.behind(group, topics.POLLS.name, PASSWORDS["keda"]) >= 0


async def test_a_service_writes_no_topic_of_another(kafka: GuardedKafka) -> None:
    async with _producer(kafka, _security(kafka, "availability")) as producer:
        await producer.send_and_wait(topics.dead_letter("availability").name, b"its own")
        with pytest.raises(TopicAuthorizationFailedError):
            await producer.send_and_wait(topics.LIFECYCLE.name, b"another's")


async def test_a_service_makes_no_topics(kafka: GuardedKafka) -> None:
    admin = TopicAdmin(kafka.bootstrap, security=_security(kafka, "availability"))
    # Those that are there are not asked for, and so not refused.
    await admin.create([topics.SCHEDULES, topics.dead_letter("availability")])
    with pytest.raises(TopicAuthorizationFailedError):
        await admin.create([topics.Topic("commontime.new", "availability", ())])


@pytest.mark.parametrize(
    "wrong", [{"password": "wrong"}, {"authority": None}], ids=["password", "authority"]
)
async def test_neither_a_wrong_password_nor_a_stranger_as_broker_is_taken(
    kafka: GuardedKafka, wrong: dict[str, Any]
) -> None:
    with pytest.raises(KafkaConnectionError):
        async with _producer(kafka, _security(kafka, "availability", **wrong)):
            pass
