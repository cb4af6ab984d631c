"""Says to FastStream what aiokafka is told otherwise: how a client shows who it is."""

from faststream.security import BaseSecurity, SASLPlaintext, SASLScram256, SASLScram512

from chassis.kafka_security import KafkaSecurity

_MECHANISMS = {
    "PLAIN": SASLPlaintext,
    "SCRAM-SHA-256": SASLScram256,
    "SCRAM-SHA-512": SASLScram512,
}


def faststream_security(security: KafkaSecurity) -> BaseSecurity:
    """The same in FastStream's words."""
    tls = security.tls()
    if not security.has_names:
        return BaseSecurity(ssl_context=tls, use_ssl=security.encrypts)
    return _MECHANISMS[security.mechanism](
        username=security.username or "",
        password=security.password or "",
        ssl_context=tls,
        use_ssl=security.encrypts,
    )
