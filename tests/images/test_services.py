"""Each service's image: what it weighs and holds, and how it starts, answers and stops."""

import json
import re
import secrets
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic, sleep

import httpx
import pytest

from images import FOLDER, Container, base_of, build, docker, size
from standalone.ports import free_port
from standalone.services import SERVICES, Service

LIMIT_BYTES = 250_000_000
READY_WITHIN_S = 3.0
PATIENCE_S = 300
STOPPED_WITHIN_S = 12
BASE = base_of(FOLDER / "python.Dockerfile", "BASE")


@dataclass(frozen=True)
class Built:
    service: Service
    image: str


@pytest.fixture(scope="module", params=SERVICES, ids=lambda service: service.name)
def built(request: pytest.FixtureRequest) -> Built:
    return Built(request.param, build(request.param.name))


@pytest.fixture
def environment(
    built: Built,
    new_database: Callable[[], str],
    as_owner: Callable[[str], str],
    kafka_bootstrap: str,
    topic_prefix: str,
) -> dict[str, str]:
    """Settings for a service on the machine's own network."""
    port, database = free_port(), new_database()
    variable = built.service.database_variable
    here = f"http://127.0.0.1:{port}"
    return {
        variable: database,
        variable.replace("DATABASE_URL", "MIGRATION_DATABASE_URL"): as_owner(database),
        "SERVICE_PORT": str(port),
        "KAFKA_BOOTSTRAP_SERVERS": kafka_bootstrap,
        "KAFKA_TOPIC_PREFIX": topic_prefix,
        "COMMONTIME_PUBLIC_URL": here,
        "POLL_API_URL": here,
        "AVAILABILITY_URL": here,
        "RECOMMENDER_URL": here,
        **{
            f"COMMONTIME_{name}": secrets.token_urlsafe(32)
            for name in ("ADMIN_TOKEN", "SERVICE_TOKEN", "ENCRYPTION_KEY", "SIGNING_KEY")
        },
    }


@pytest.fixture
def serving(built: Built, environment: dict[str, str]) -> Iterator[Container]:
    """A container that serves, its database up to date."""
    with running(built, environment, "migrate") as migration:
        assert migration.exit_code(PATIENCE_S) == 0, migration.logs()
    with running(built, environment) as container:
        yield container


@contextmanager
def running(built: Built, environment: dict[str, str], *words: str) -> Generator[Container]:
    container = Container(built.image, environment, *words)
    try:
        yield container
    finally:
        container.remove()


def is_ready(container: Container, environment: dict[str, str], within_s: float) -> float:
    """Seconds from its start to the first time that it says it is ready."""
    url = f"http://127.0.0.1:{environment['SERVICE_PORT']}/readyz"
    while monotonic() - container.started < within_s:
        try:
            if httpx.get(url, timeout=1).status_code == 200:
                return monotonic() - container.started
        except httpx.TransportError:
            sleep(0.02)
    raise AssertionError(f"not ready within {within_s} s:\n{container.logs()}")


def test_it_weighs_little(built: Built) -> None:
    whole, base = size(built.image), size(BASE)
    print(f"{built.service.name}: {whole / 1e6:.0f} MB, of which {base / 1e6:.0f} MB are {BASE}")
    assert whole <= LIMIT_BYTES


def test_it_is_ready_soon_and_again_after_a_restart(
    serving: Container, environment: dict[str, str], built: Built
) -> None:
    first = is_ready(serving, environment, PATIENCE_S)
    worked = serving.seconds_of_cpu()
    serving.signal("TERM")
    assert serving.exit_code(STOPPED_WITHIN_S) == 0, serving.logs()
    serving.restart()
    again = is_ready(serving, environment, PATIENCE_S)
    print(f"{built.service.name}: ready after {first:.2f} s, of which {worked:.2f} s were work,")
    print(f"and after a restart within {again:.2f} s")
    assert min(first, again) <= READY_WITHIN_S


def test_its_health_is_asked_for_within(
    serving: Container, environment: dict[str, str], built: Built
) -> None:
    is_ready(serving, environment, PATIENCE_S)
    listed = docker("image", "inspect", "--format", "{{json .Config.Healthcheck}}", built.image)
    _, *command = json.loads(listed)["Test"]
    command[-1] = command[-1].replace("8080", environment["SERVICE_PORT"])
    assert serving.run(*command) == 0
    command[-1] = command[-1].replace(environment["SERVICE_PORT"], "1")
    assert serving.run(*command) != 0


def test_it_may_write_nothing_and_is_nobody(
    serving: Container, environment: dict[str, str]
) -> None:
    is_ready(serving, environment, PATIENCE_S)
    assert serving.run("sh", "-c", "test $(id -u):$(id -g) = 10001:10001") == 0
    assert serving.run("sh", "-c", "echo > /opt/commontime/x") != 0
    # Not one capability, in any of the kernel's five sets.
    none = "test $(grep -c '^Cap...:.0*$' /proc/1/status) = 5"
    assert serving.run("sh", "-c", none) == 0


def test_no_secret_and_no_tool_is_in_it(built: Built) -> None:
    history = docker("history", "--no-trunc", "--format", "{{.CreatedBy}}", built.image)
    ours = json.loads(docker("image", "inspect", "--format", "{{json .Config.Env}}", built.image))
    for text in (history, *ours):
        assert not re.search(r"(TOKEN|PASSWORD|_KEY|DATABASE_URL)=", text)
    found = docker("run", "--rm", "--entrypoint", "find", built.image, "/opt", "-name", "uv*")
    assert not re.search(r"/bin/uv$|/pip$", found, re.M)


def test_what_is_missing_is_said_in_one_sentence(built: Built) -> None:
    with running(built, {}) as container:
        assert container.exit_code(PATIENCE_S) == 1
        (line,) = container.logs().strip().splitlines()
    assert line.startswith("Wrong settings: ")
    assert built.service.database_variable in line
