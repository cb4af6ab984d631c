"""A whole instance to throw random requests at, with nothing switched off but the limits."""

import signal
from collections.abc import Iterator

import pytest

from standalone.testing import Instance

_UNLIMITED = {
    f"{name}": "off"
    for name in (
        "RATE_LIMIT_PER_ADDRESS",
        "RATE_LIMIT_PER_CREDENTIAL",
        "SIGN_IN_LIMIT_PER_ADDRESS",
        "SIGN_IN_LIMIT_PER_ACCOUNT",
        "REGISTRATION_LIMIT_PER_ADDRESS",
        "PASSWORD_RESET_LIMIT_PER_ADDRESS",
        "PASSWORD_RESET_LIMIT_PER_ACCOUNT",
    )
}


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """`commontime up`, with its own PostgreSQL and Kafka."""
    started = Instance(tmp_path_factory.mktemp("fuzz"))
    try:
        started.ups({**_UNLIMITED, "EVENT_ACCESS": "open", "WEBHOOK_ENDPOINTS": "100000"})
        started.is_up()
        yield started
        started.signals(signal.SIGINT)
        assert started.ends() == 0
    finally:
        started.clean_up()
