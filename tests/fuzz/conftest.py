"""A whole instance to throw random requests at."""

import signal
from collections.abc import Iterator

import pytest

from standalone.testing import Instance


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """`commontime up`, with its own PostgreSQL and Kafka."""
    started = Instance(tmp_path_factory.mktemp("fuzz"))
    try:
        started.ups({"EVENT_ACCESS": "open", "WEBHOOK_ENDPOINTS": "100000"})
        started.is_up()
        yield started
        started.signals(signal.SIGINT)
        assert started.ends() == 0
    finally:
        started.clean_up()
