"""The page of metrics is what running services show, and says of each what it counts."""

from collections.abc import AsyncGenerator, Callable, Mapping
from pathlib import Path

import pytest
import pytest_asyncio
from prometheus_client import CollectorRegistry, Counter

from standalone.metrics_page import page, running
from standalone.services import SERVICES

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGE = Path(__file__).parents[3] / "docs" / "metrics.md"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def registries(
    template_database: Callable[..., str], module_database: Callable[[str], str]
) -> AsyncGenerator[Mapping[str, CollectorRegistry]]:
    databases = {
        service.name: module_database(
            template_database(service.package, *service.migration_folders())
        )
        for service in SERVICES
    }
    async with running(databases) as registries:
        yield registries


async def test_the_page_of_metrics_is_what_services_show(
    registries: Mapping[str, CollectorRegistry],
) -> None:
    assert PAGE.read_text() == page(registries), "run `make contracts`"


async def test_every_metric_is_shown_from_the_start(
    registries: Mapping[str, CollectorRegistry],
) -> None:
    """Prometheus sees no increase in a series that begins with its first count."""
    unseen = {
        (service, family.name)
        for service, registry in registries.items()
        for family in registry.collect()
        if not family.samples
    }
    takes_no_states = {(service, "inbox_states") for service in ("availability", "event-lifecycle")}
    assert unseen == takes_no_states


async def test_every_metric_says_what_it_counts(
    registries: Mapping[str, CollectorRegistry],
) -> None:
    for registry in registries.values():
        for family in registry.collect():
            assert len(family.documentation) > 10


async def test_no_label_is_of_the_kind_that_holds_ids(
    registries: Mapping[str, CollectorRegistry],
) -> None:
    labels = {
        label
        for registry in registries.values()
        for family in registry.collect()
        for sample in family.samples
        for label in sample.labels
    }
    assert labels == {
        *("method", "route", "status", "source", "topic", "place", "state", "outcome"),
        *("version", "le"),
    }


async def test_a_row_joins_what_several_services_show() -> None:
    one, two = CollectorRegistry(), CollectorRegistry()
    for registry in (one, two):
        Counter("eaten", "Apples.", ["kind"], registry=registry).labels("red")
    Counter("unused", "Never.", ["kind"], registry=two)
    last = page({"one": one, "two": two}).splitlines()[-1]
    assert last == "| `eaten_total` | counter | `kind` | Apples | one, two |"
