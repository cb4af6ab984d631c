"""The two servers every other test relies on."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from standalone import artifacts, java
from standalone.child import ChildFailed
from standalone.kafka import Kafka
from standalone.postgres import Postgres
from standalone.testing import eventually


def test_postgres_is_version_18_and_wants_the_password(postgres_server: str) -> None:
    with psycopg.connect(postgres_server) as connection:
        assert connection.info.server_version // 10_000 == 18
        method = connection.execute("select auth_method from pg_hba_file_rules limit 1").fetchone()
    assert method == ("scram-sha-256",)


async def test_kafka_gives_back_what_was_sent(kafka_bootstrap: str, topic_prefix: str) -> None:
    topic = f"{topic_prefix}letters"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, num_partitions=1, replication_factor=1)])
    await admin.close()
    producer: Any = AIOKafkaProducer(bootstrap_servers=kafka_bootstrap, enable_idempotence=True)
    consumer: Any = AIOKafkaConsumer(
        topic, bootstrap_servers=kafka_bootstrap, auto_offset_reset="earliest"
    )
    async with producer, consumer:
        await producer.send_and_wait(topic, b"hello")
        message = await consumer.getone()
    assert message.value == b"hello"


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[Postgres]:
    server = Postgres(tmp_path / "postgres", password="p w/:@", log=tmp_path / "log")
    yield server
    server.stop()


def _run(server: Postgres) -> None:
    server.begin()
    server.start()
    server.wait_until_ready()


def test_a_half_made_data_folder_is_made_again(postgres: Postgres, tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "postgresql.conf").write_text("half")
    (tmp_path / "postgres.new").mkdir()
    _run(postgres)
    assert (tmp_path / "postgres" / "PG_VERSION").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"postgres", "log"}


def test_a_stale_pid_file_is_no_obstacle_even_if_the_number_is_in_use_again(
    postgres: Postgres, tmp_path: Path
) -> None:
    _run(postgres)
    assert postgres.child
    postgres.child.kill()
    pid_file = tmp_path / "postgres" / "postmaster.pid"
    with subprocess.Popen(["sleep", "60"]) as stranger:
        _, *rest = pid_file.read_text().splitlines()
        pid_file.write_text("\n".join([str(stranger.pid), *rest]))
        eventually(lambda: _starts(postgres))
        assert stranger.poll() is None
        stranger.kill()


def _starts(server: Postgres) -> bool:
    """The memory of a killed server's last processes may be in use for a moment."""
    server.start()
    try:
        server.wait_until_ready()
    except ChildFailed:
        return False
    return True


def test_kafka_that_was_killed_while_formatting_is_formatted_again(tmp_path: Path) -> None:
    data = tmp_path / "kafka"
    data.mkdir()
    (data / "bootstrap.checkpoint").write_bytes(b"half")
    runtime, jars = java.find(), artifacts.kafka_jars()
    broker = Kafka(data, java=runtime, jars=jars, log=tmp_path / "log")
    try:
        for _ in range(2):  # the second time on other ports
            broker.begin()
            broker.start()
            broker.wait_until_ready()
            broker.stop()
            broker = Kafka(data, java=runtime, jars=jars, log=tmp_path / "log")
    finally:
        broker.stop()
