"""People in front of the running service."""

import pytest

from poll_api.accounts.testing import People
from poll_api.testing import PollApi


@pytest.fixture
def people(poll_api: PollApi) -> People:
    return People(poll_api.client)
