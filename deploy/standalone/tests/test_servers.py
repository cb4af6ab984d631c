"""The two servers every other test relies on."""

from pathlib import Path
from typing import Any

import psycopg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from standalone.postgres import Postgres


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


def test_a_half_made_data_folder_is_made_again(tmp_path: Path) -> None:
    data = tmp_path / "postgres"
    data.mkdir()
    (data / "postgresql.conf").write_text("half")
    (tmp_path / "postgres.new").mkdir()
    server = Postgres(data, password="p w/:@", log=tmp_path / "log")
    try:
        server.begin()
        server.start()
        server.wait_until_ready()
    finally:
        server.stop()
    assert (data / "PG_VERSION").exists()
    assert {path.name for path in tmp_path.iterdir()} == {"postgres", "log"}
