"""Random requests at every operation, good and bad: each is answered as the description says.

Schemathesis makes them from the merged OpenAPI document and judges the answers. Ids and
credentials are put in from a world that exists, so that requests get deep.
"""

import random
from collections.abc import Iterator
from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from random_requests import Requests
from standalone.testing import Instance

pytestmark = pytest.mark.infrastructure

# They answer until the caller goes away; tests of their own watch them.
ENDLESS = {"/api/v1/polls/{poll_id}/stream", "/api/v1/events/stream"}


@pytest.fixture(scope="module")
def sent(instance: Instance) -> Iterator[Requests]:
    made = Requests(instance)
    yield made
    made.close()


def test_every_random_request_is_answered_as_described(sent: Requests) -> None:
    throw(sent, each=6, chosen=1)
    assert not sent.wrong, sent.report()
    assert sent.many >= 400
    assert {200, 201, 204, 401, 403, 404, 422} <= set(sent.statuses)


@pytest.mark.soak
def test_twenty_thousand_random_requests_are_answered_as_described(sent: Requests) -> None:
    throw(sent, each=200, chosen=random.randrange(2**32))
    print(sent.report())
    assert not sent.wrong, sent.report()
    assert sent.many >= 20_000


def throw(sent: Requests, *, each: int, chosen: int) -> None:
    """So many good and half as many bad requests at each operation."""
    for operation in _operations(sent.document()):
        _throw_at(operation, GenerationMode.POSITIVE, sent, each, chosen)
        if operation.body or operation.query or operation.path_parameters:
            _throw_at(operation, GenerationMode.NEGATIVE, sent, each // 2, chosen)


def _operations(document: dict[str, Any]) -> Iterator[Any]:
    schema = cast(Any, schemathesis.openapi.from_dict(document))
    for found in schema.get_all_operations():
        if found.ok().path not in ENDLESS:
            yield found.ok()


def _throw_at(operation: Any, mode: GenerationMode, sent: Requests, many: int, chosen: int) -> None:
    @seed(chosen)
    @settings(
        max_examples=many,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=cast(list[HealthCheck], list(HealthCheck)),
    )
    @given(operation.as_strategy(generation_mode=mode), st.integers(0, 2**32))
    def one(case: Any, number: int) -> None:
        sent.send(case, number)

    try:
        one()
    except Unsatisfiable:
        # At some operations there is nothing that would be bad.
        assert mode is GenerationMode.NEGATIVE, operation.path
