"""How a service is told to show itself to Kafka."""

from pathlib import Path

import pytest
import trustme

from chassis.kafka_settings import KafkaSettings
from chassis.settings import load


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "localhost:9092")


def test_without_more_kafka_asks_nobody_for_a_name() -> None:
    security = load(KafkaSettings).kafka_security
    assert security.arguments()["security_protocol"] == "PLAINTEXT"
    assert security.tls() is None


def test_a_name_a_password_and_certificates_come_from_files(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    authority, password = tmp_path / "ca.crt", tmp_path / "password"
    authority.write_bytes(trustme.CA().cert_pem.bytes())
    password.write_text("canary\n")
    monkeypatch.setenv("KAFKA_SECURITY_PROTOCOL", "SASL_SSL")
    monkeypatch.setenv("KAFKA_USERNAME", "poll-api")
    monkeypatch.setenv("KAFKA_PASSWORD_FILE", str(password))
    monkeypatch.setenv("KAFKA_CA_FILE", str(authority))
    security = load(KafkaSettings).kafka_security
    arguments = security.arguments()
    assert arguments["sasl_mechanism"] == "SCRAM-SHA-512"
    assert (arguments["sasl_plain_username"], arguments["sasl_plain_password"]) == (
        "poll-api",
        "canary",
    )
    tls = security.tls()
    assert tls
    # That one and no other: the system's are left out.
    assert len(tls.get_ca_certs()) == 1
    assert tls.check_hostname
    assert "canary" not in repr(security)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (
            {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL"},
            "KAFKA_SECURITY_PROTOCOL SASL_SSL needs KAFKA_USERNAME and KAFKA_PASSWORD",
        ),
        (
            {"KAFKA_SECURITY_PROTOCOL": "SASL_SSL", "KAFKA_USERNAME": "poll-api"},
            "KAFKA_SECURITY_PROTOCOL SASL_SSL needs KAFKA_USERNAME and KAFKA_PASSWORD",
        ),
        ({"KAFKA_USERNAME": "poll-api"}, "KAFKA_USERNAME needs KAFKA_SECURITY_PROTOCOL SASL_SSL"),
        ({"KAFKA_CA": "canary"}, "KAFKA_CA: value error, must be certificates in PEM"),
        ({"KAFKA_SECURITY_PROTOCOL": "TLS"}, "KAFKA_SECURITY_PROTOCOL: input should be "),
    ],
)
def test_half_of_a_name_stops_the_start_with_one_sentence(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], complaint: str
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as stopped:
        load(KafkaSettings)
    assert complaint in str(stopped.value)
    assert "canary" not in str(stopped.value)
