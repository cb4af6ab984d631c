"""Topics and users of Kafka in the manifests are what contracts and scalers say."""

from contracts import topics
from kafka_users import allowed, users
from manifests import rendered
from standalone.services import SERVICES

NAMES = [service.name for service in SERVICES]


def test_the_topics_are_those_of_the_contracts() -> None:
    expected = [*topics.ALL, *(topics.dead_letter(name) for name in NAMES)]
    declared = {
        topic["metadata"]["name"]: (
            topic["spec"]["partitions"],
            {name: str(value) for name, value in topic["spec"]["config"].items()},
        )
        for topic in rendered("prod").of("KafkaTopic")
    }
    assert declared == {topic.name: (topic.partitions, dict(topic.config)) for topic in expected}
    assert {topic["spec"]["replicas"] for topic in rendered("prod").of("KafkaTopic")} == {3}


def test_each_service_writes_what_it_owns_and_nobody_reads_what_is_not_named() -> None:
    for name in NAMES:
        own = {topic.name for topic in topics.ALL if topic.owner == name}
        assert allowed(name, "Write") == own | {topics.dead_letter(name).name}
        assert not allowed(name, "Read") & allowed(name, "Write")
    for user in users().values():
        for acl in user["spec"]["authorization"]["acls"]:
            assert acl["resource"]["patternType"] == "literal"
            assert acl.get("type", "allow") == "allow"
            assert set(acl["operations"]) <= {"Read", "Write", "Describe"}
    # It only measures.
    assert not allowed("keda", "Read") | allowed("keda", "Write")
    (kafka,) = rendered("prod").of("Kafka")
    assert kafka["spec"]["kafka"]["authorization"] == {"type": "simple"}


def test_who_scales_may_measure_what_it_asks_about() -> None:
    for scaled in rendered("prod").of("ScaledObject"):
        asked = {
            trigger["metadata"]["topic"]
            for trigger in scaled["spec"]["triggers"]
            if trigger["type"] == "kafka"
        }
        assert asked == allowed(scaled["metadata"]["name"], "Read")
        assert asked <= allowed("keda", "Describe")
        assert scaled["metadata"]["name"] in allowed("keda", "Describe", "group")
