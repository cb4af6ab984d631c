"""Settings that say where Kafka is, and how a service shows it who it is."""

import ssl
from typing import Annotated, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from chassis.environment import EnvironmentSettings
from chassis.kafka_security import KafkaSecurity, Mechanism, Protocol


def _certificates(pem: str) -> str:
    try:
        ssl.create_default_context(cadata=pem)
    except ssl.SSLError as error:
        raise ValueError("must be certificates in PEM") from error
    return pem


class KafkaSettings(EnvironmentSettings):
    """What a client of Kafka needs to know."""

    kafka_bootstrap_servers: str = Field(description="`host:port`, more than one with commas")
    kafka_topic_prefix: str = Field(
        default="", description="Stands before every topic's and every group's name"
    )
    kafka_security_protocol: Protocol = Field(
        default="PLAINTEXT",
        description="How Kafka is talked to: `PLAINTEXT`, `SSL` (encrypted), or with a name and a "
        "password `SASL_PLAINTEXT`, `SASL_SSL`",
    )
    kafka_sasl_mechanism: Mechanism = Field(
        default="SCRAM-SHA-512",
        description="How the password is shown: `SCRAM-SHA-512`, `SCRAM-SHA-256` or `PLAIN`",
    )
    kafka_username: str | None = Field(default=None, description="The service's name at Kafka")
    kafka_password: SecretStr | None = Field(default=None, description="Its password there")
    kafka_ca: Annotated[str, AfterValidator(_certificates)] | None = Field(
        default=None,
        description="The certificates, in PEM, that the brokers' are signed with; without it those "
        "of the system. `KAFKA_CA_FILE` names the file",
    )

    @model_validator(mode="after")
    def _names_where_they_are_asked_for(self) -> Self:
        has_names = self.kafka_security_protocol.startswith("SASL")
        if has_names and not (self.kafka_username and self.kafka_password):
            raise ValueError(
                f"KAFKA_SECURITY_PROTOCOL {self.kafka_security_protocol} needs KAFKA_USERNAME and "
                "KAFKA_PASSWORD"
            )
        if self.kafka_username and not has_names:
            raise ValueError("KAFKA_USERNAME needs KAFKA_SECURITY_PROTOCOL SASL_SSL")
        return self

    @property
    def kafka_security(self) -> KafkaSecurity:
        password = self.kafka_password
        return KafkaSecurity(
            protocol=self.kafka_security_protocol,
            mechanism=self.kafka_sasl_mechanism,
            username=self.kafka_username,
            password=password.get_secret_value() if password else None,
            authority=self.kafka_ca,
        )
