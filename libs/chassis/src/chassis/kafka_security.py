"""How a client of Kafka shows who it is, and makes sure that it talks to the right brokers."""

import ssl
from dataclasses import dataclass, field
from typing import Literal, TypedDict

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


class ClientArguments(TypedDict):
    """Keyword arguments of every client of aiokafka, beside the addresses."""

    security_protocol: Protocol
    ssl_context: ssl.SSLContext | None
    sasl_mechanism: Mechanism
    sasl_plain_username: str | None
    sasl_plain_password: str | None


@dataclass(frozen=True, slots=True)
class KafkaSecurity:
    """The default is a broker that asks nobody for a name, without encryption.

    `authority` is the certificate in PEM that the brokers' are signed with; without it those count
    that the system trusts.
    """

    protocol: Protocol = "PLAINTEXT"
    mechanism: Mechanism = "SCRAM-SHA-512"
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    authority: str | None = field(default=None, repr=False)

    @property
    def encrypts(self) -> bool:
        return self.protocol.endswith("SSL")

    @property
    def has_names(self) -> bool:
        """Say whether clients give a name and a password."""
        return self.protocol.startswith("SASL")

    def tls(self) -> ssl.SSLContext | None:
        """What checks the brokers' certificates and names; None where nothing is encrypted."""
        return ssl.create_default_context(cadata=self.authority) if self.encrypts else None

    def arguments(self) -> ClientArguments:
        return {
            "security_protocol": self.protocol,
            "ssl_context": self.tls(),
            "sasl_mechanism": self.mechanism,
            "sasl_plain_username": self.username,
            "sasl_plain_password": self.password,
        }


OPEN = KafkaSecurity()
