"""The gateway's image: the page and the configuration, before services that are away."""

import json
from collections.abc import Iterator
from time import sleep

import httpx
import pytest

from images import FOLDER, HARDENED, base_of, build, docker, size

LIMIT_BYTES = 250_000_000
BASE = base_of(FOLDER / "gateway.Dockerfile", "NGINX_BASE")


@pytest.fixture(scope="module")
def image() -> str:
    return build("gateway")


@pytest.fixture(scope="module")
def url(image: str) -> Iterator[str]:
    """Where it answers: in a network of its own, as it asks Docker's resolver for services."""
    network = docker("network", "create", "commontime-images-test")
    publish = ("--network", network, "--publish", "127.0.0.1::8080")
    container = docker("run", "--detach", *HARDENED, *publish, image)
    address = docker("port", container, "8080").splitlines()[0]
    for _ in range(600):
        try:
            httpx.get(f"http://{address}/healthz")
            break
        except httpx.TransportError:
            sleep(0.1)
    yield f"http://{address}"
    docker("kill", "--signal", "QUIT", container)
    assert docker("wait", container, timeout=20) == "0"
    docker("rm", container)
    docker("network", "rm", network)


def test_it_weighs_little_beside_its_base(image: str) -> None:
    whole, base = size(image), size(BASE)
    print(f"gateway: {whole / 1e6:.0f} MB, of which {base / 1e6:.0f} MB are {BASE}")
    # The base is nginx's own; upstream's weighs some 60 MB.
    assert whole - base <= LIMIT_BYTES - 100_000_000


def test_it_serves_the_page_and_says_who_is_away(url: str) -> None:
    page = httpx.get(f"{url}/p/1", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    away = httpx.get(f"{url}/api/v1/polls/1")
    assert (away.status_code, away.json()["code"]) == (503, "service_unavailable")
    assert httpx.get(f"{url}/internal/v1/heads").status_code == 404


def test_it_is_asked_for_its_health_by_what_it_holds(image: str, url: str) -> None:
    config = json.loads(docker("image", "inspect", "--format", "{{json .Config}}", image))
    program = config["Healthcheck"]["Test"][1]
    found = docker("run", "--rm", "--entrypoint", "sh", image, "-c", f"command -v {program}")
    assert found.endswith(program)
    assert (config["User"], config["StopSignal"]) == ("10001:10001", "SIGQUIT")
