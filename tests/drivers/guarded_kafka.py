"""A broker that lets in only whom it knows, over TLS, and only to what an ACL names.

Its administrator is whoever comes to the plain port: for tests, to set it up and to look.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import trustme
from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition, admin
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from manifests import Manifest
from standalone import aot, artifacts, java
from standalone.kafka import Kafka
from standalone.ports import free_port

_PATIENCE_S = 90
# It has next to no types.
_KAFKA: Any = admin
_SETTINGS = """
listeners=PLAINTEXT://127.0.0.1:@PORT@,CONTROLLER://127.0.0.1:@CONTROLLER@,TLS://127.0.0.1:{tls}
advertised.listeners=PLAINTEXT://127.0.0.1:@PORT@,TLS://127.0.0.1:{tls}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,TLS:SASL_SSL
inter.broker.listener.name=PLAINTEXT
listener.name.tls.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.tls.scram-sha-512.sasl.jaas.config=\\
  org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
"""


class GuardedKafka:
    """Starts when it is made; `stop` ends it."""

    def __init__(self, folder: Path) -> None:
        port = free_port()
        self.bootstrap = f"127.0.0.1:{port}"
        authority = trustme.CA()
        self.authority = authority.cert_pem.bytes().decode()
        keystore = folder / "keystore.pem"
        keystore.write_bytes(_keystore(authority.issue_cert("127.0.0.1")))
        jars, runtime = artifacts.kafka_jars(), java.find()
        self._kafka = Kafka(
            folder / "kafka",
            java=runtime,
            jars=jars,
            log=folder / "kafka.log",
            flags=aot.flags(runtime, jars),
            settings=_SETTINGS.format(tls=port, keystore=keystore),
        )
        self._kafka.begin()
        self._kafka.start()
        self._kafka.wait_until_ready()
        self.plain = self._kafka.bootstrap
        # Else it tells the terminal of the broker that is stopped before it.
        self._admin = _KAFKA.AdminClient({"bootstrap.servers": self.plain, "log_level": 0})

    def stop(self) -> None:
        self._kafka.stop()

    def create_topics(self, topics: Sequence[Manifest]) -> None:
        """As the Topic Operator does, on one broker."""
        new = [
            _KAFKA.NewTopic(
                topic["metadata"]["name"],
                topic["spec"]["partitions"],
                1,
                config={name: str(value) for name, value in topic["spec"]["config"].items()},
            )
            for topic in topics
        ]
        _wait(self._admin.create_topics(new))

    def add_user(self, user: Manifest, password: str) -> None:
        """As the User Operator does."""
        name = user["metadata"]["name"]
        scram = _KAFKA.ScramCredentialInfo(_KAFKA.ScramMechanism.SCRAM_SHA_512, 4096)
        credential = _KAFKA.UserScramCredentialUpsertion(name, scram, password.encode())
        _wait(self._admin.alter_user_scram_credentials([credential]))
        acls = user["spec"]["authorization"]["acls"]
        _wait(self._admin.create_acls([b for acl in acls for b in _bindings(name, acl)]))

    def read_by(self, group: str) -> set[str]:
        """The topics of which a group's members have partitions, as far as the broker knows."""
        try:
            described = self._admin.describe_consumer_groups([group])[group].result()
        except KafkaException as error:
            if error.args[0].retriable():
                return set()
            raise
        read = [member.assignment.topic_partitions for member in described.members]
        return {partition.topic for partitions in read for partition in partitions}

    def behind(self, group: str, topic: str, password: str) -> int:
        """How many messages of the topic a group has not taken, as KEDA asks for it."""
        keda = _KAFKA.AdminClient(
            {
                "bootstrap.servers": self.bootstrap,
                "log_level": 0,
                "security.protocol": "SASL_SSL",
                "sasl.mechanisms": "SCRAM-SHA-512",
                "sasl.username": "keda",
                "sasl.password": password,
                "ssl.ca.pem": self.authority,
            }
        )
        partitions = keda.list_topics(topic, timeout=_PATIENCE_S).topics[topic].partitions
        asked = ConsumerGroupTopicPartitions(group, [TopicPartition(topic, n) for n in partitions])
        taken = (
            keda.list_consumer_group_offsets([asked])[group].result(_PATIENCE_S).topic_partitions
        )
        ends = keda.list_offsets({each: _KAFKA.OffsetSpec.latest() for each in taken})
        return sum(
            end.result(_PATIENCE_S).offset - max(0, each.offset)
            for each, end in zip(taken, ends.values(), strict=True)
        )


def _keystore(certificate: trustme.LeafCert) -> bytes:
    key = load_pem_private_key(certificate.private_key_pem.bytes(), None)
    # The only form of a key that Kafka reads.
    written = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return written + b"".join(pem.bytes() for pem in certificate.cert_chain_pems)


def _bindings(user: str, acl: Manifest) -> list[Any]:
    resource = acl["resource"]
    return [
        _KAFKA.AclBinding(
            _KAFKA.ResourceType[resource["type"].upper()],
            resource["name"],
            _KAFKA.ResourcePatternType[resource["patternType"].upper()],
            f"User:{user}",
            "*",
            _KAFKA.AclOperation[operation.upper()],
            _KAFKA.AclPermissionType.ALLOW,
        )
        for operation in acl["operations"]
    ]


def _wait(futures: dict[Any, Any]) -> None:
    for future in futures.values():
        future.result(_PATIENCE_S)
