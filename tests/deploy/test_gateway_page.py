"""The page as the gateway serves it: the same paths and headers as on one machine."""

import gzip
import re
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest

from gateway import CONFIGURATION, Gateway
from small_page import BROTLI, HTML, LINK, SCRIPT, lay_out
from standalone import page
from standalone.routes import FOR_PROGRAMS, PAGES
from standalone.services import SERVICES

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
# Named by both, but worded or counted by each in its own way.
OWN = {"date", "etag", "last-modified", "server", "connection", "content-length", "accept-ranges"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return lay_out(tmp_path / "page")


@pytest.fixture
async def client(folder: Path, tmp_path: Path) -> AsyncGenerator[httpx.AsyncClient]:
    gateway = Gateway(tmp_path / "gateway", {service.name: [1] for service in SERVICES}, folder)
    gateway.start()
    asking = {"Accept-Encoding": "identity"}
    async with httpx.AsyncClient(base_url=gateway.url, headers=asking) as client:
        yield client
    gateway.stop()


def test_the_locations_of_the_page_are_those_of_the_one_table() -> None:
    written = CONFIGURATION.read_text()
    found = re.findall(r"location ~ \^(\S+)\$ \{\s+rewrite \^ /index\.html last;", written)
    assert found == list(PAGES)
    paths, metrics = FOR_PROGRAMS.rsplit("|", 1)
    assert f"location ~ ^{paths}$|^{metrics}$ {{" in written


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/p/1?view=best",
        "/events/",
        "/assets/index-1.js",
        "/assets/picture-1.png",
        "/icon.svg",
    ],
)
async def test_it_is_sent_as_on_one_machine(
    client: httpx.AsyncClient, folder: Path, path: str
) -> None:
    transport = httpx.ASGITransport(page.page(folder, https=False))
    async with httpx.AsyncClient(transport=transport, base_url="http://here") as one_machine:
        expected = await one_machine.get(path, headers={"Accept-Encoding": "identity"})
    answer = await client.get(path)
    assert (answer.status_code, answer.content) == (200, expected.content)
    wanted = {name: value for name, value in expected.headers.items() if name not in OWN}
    if "vary" in wanted:
        # Nothing of it differs by credential: only the application's own default says so.
        wanted["vary"] = wanted["vary"].removesuffix(", Authorization")
    sent = {name: value for name, value in answer.headers.items() if name not in OWN}
    assert {**wanted, "vary": ""} == {**sent, "vary": ""}
    assert sent.get("vary", "Accept-Encoding") == wanted["vary"]


async def test_a_page_announces_what_it_will_need(client: httpx.AsyncClient) -> None:
    assert (await client.get("/p/1?view=best")).headers["link"] == LINK
    assert "link" not in (await client.get("/")).headers


@pytest.mark.parametrize(
    ("path", "accepted", "encoding", "expected"),
    [
        ("/assets/index-1.js", "gzip, deflate, br, zstd", "br", BROTLI),
        ("/assets/index-1.js", "gzip", "gzip", SCRIPT.encode()),
        ("/assets/index-1.js", "br;q=0, gzip;q=0.5", "gzip", SCRIPT.encode()),
        ("/assets/index-1.js", "br; q=0.000, gzip;q=0", None, SCRIPT.encode()),
        ("/assets/index-1.js", "*", None, SCRIPT.encode()),
        ("/events", "br", "br", BROTLI),
        ("/assets/picture-1.png", "br", None, b"a picture"),
    ],
)
async def test_what_was_compressed_is_sent_to_those_who_take_it(
    client: httpx.AsyncClient, path: str, accepted: str, encoding: str | None, expected: bytes
) -> None:
    async with client.stream("GET", path, headers={"Accept-Encoding": accepted}) as answer:
        sent = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert answer.headers.get("content-encoding") == encoding
    assert (gzip.decompress(sent) if encoding == "gzip" else sent) == expected


@pytest.mark.parametrize("path", ["/", "/assets/index-1.js"])
async def test_whoever_has_it_already_is_not_sent_it_again(
    client: httpx.AsyncClient, path: str
) -> None:
    first = await client.get(path)
    again = await client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    packed = await client.get(path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["etag"] != first.headers["etag"]


@pytest.mark.parametrize(
    "path", ["/api/nope", "/api", "/assets/gone-1.js", "/assets/", "/internal/v1/heads", "/metrics"]
)
async def test_what_programs_ask_for_is_never_answered_with_a_page(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path, headers=BROWSER)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "private, no-cache"


@pytest.mark.parametrize("path", ["/nowhere", "/p/", "/index.html", "/robots.txt"])
async def test_people_are_shown_that_nothing_is_there_and_programs_are_told(
    client: httpx.AsyncClient, path: str
) -> None:
    shown = await client.get(path, headers=BROWSER)
    assert (shown.status_code, shown.text) == (404, HTML)
    assert shown.headers["content-security-policy"] == page.POLICY
    assert shown.headers["cache-control"] == "no-cache"
    told = await client.get(path)
    assert (told.status_code, told.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", ["/.vite/preload.json", "/.vite/manifest.json"])
async def test_nothing_but_the_pages_own_files_is_sent(
    client: httpx.AsyncClient, path: str
) -> None:
    assert (await client.get(path)).status_code == 404


async def test_nobody_can_write_to_it(client: httpx.AsyncClient) -> None:
    for path in ("/new", "/assets/index-1.js"):
        answer = await client.post(path, json={})
        assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
        assert answer.headers["allow"] == "GET, HEAD"
