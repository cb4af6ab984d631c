"""Before a restore Kafka is emptied of what is Commontime's, and of nothing else."""

import asyncio
from pathlib import Path

import pytest

from contracts.topics import POLLS, Topic, dead_letter
from eventstore.topic_admin import TopicAdmin
from standalone.failures import Failure
from standalone.home import Home
from standalone.kafka_emptying import empty_kafka
from standalone.settings import Settings

STRANGER = Topic("somebody.elses", "somebody", ())


def test_the_data_of_our_own_kafka_is_deleted(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.kafka_data.mkdir()
    (home.kafka_data / "meta.properties").touch()
    assert empty_kafka(home, Settings()) == "Kafka's data is deleted"
    assert not home.kafka_data.exists()
    assert empty_kafka(home, Settings()) == "Kafka's data is deleted"


async def test_of_another_kafka_our_topics_are_deleted(
    tmp_path: Path, kafka_bootstrap: str, topic_prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = TopicAdmin(kafka_bootstrap, topic_prefix)
    await admin.create([POLLS, dead_letter("recommender"), STRANGER])
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", kafka_bootstrap)
    monkeypatch.setenv("KAFKA_TOPIC_PREFIX", topic_prefix)
    said = await asyncio.to_thread(lambda: empty_kafka(Home(tmp_path), Settings()))
    assert said == f"2 topics of {kafka_bootstrap} are deleted"
    again = await asyncio.to_thread(lambda: empty_kafka(Home(tmp_path), Settings()))
    assert again == f"0 topics of {kafka_bootstrap} are deleted"


def test_a_kafka_that_is_away_is_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:1")
    with pytest.raises(Failure, match="Kafka cannot be emptied"):
        empty_kafka(Home(tmp_path), Settings())
