"""The page: its document, its files, and what is said where there is none."""

import gzip
import re
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import pytest

from small_page import BROTLI, HTML, LINK, SCRIPT, lay_out
from standalone.page import POLICY, page
from standalone.routes import is_page

ROUTER = Path(__file__).parents[3] / "web" / "src" / "router.ts"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "page"


@pytest.fixture
async def client(folder: Path) -> AsyncGenerator[httpx.AsyncClient]:
    lay_out(folder)
    async with client_of(folder) as client:
        yield client


def client_of(folder: Path, *, https: bool = False) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(page(folder, https=https))
    # As a program asks that says nothing about what it takes.
    return httpx.AsyncClient(
        transport=transport, base_url="http://here", headers={"Accept-Encoding": "identity"}
    )


@pytest.mark.parametrize("path", ["/", "/new", "/events/", "/reset-password", "/p/1?view=best"])
async def test_every_path_of_the_page_is_answered_with_its_document(
    client: httpx.AsyncClient, path: str
) -> None:
    answer = await client.get(path)
    assert (answer.status_code, answer.text) == (200, HTML)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == POLICY
    # Held for a moment only: it names scripts that the next build has no more.
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in answer.headers["permissions-policy"]


def test_what_the_router_of_the_page_knows_is_answered_and_nothing_else() -> None:
    patterns = re.findall(r"route\(/\^(\S+)\$/,", ROUTER.read_text())
    paths = [pattern.replace("\\/", "/").replace("[^/]+", "0198c0de") for pattern in patterns]
    known = [path.replace("/?", end) for path in paths for end in ("", "/")]
    assert {"/", "/new", "/events/", "/p/0198c0de", "/reset-password"} <= set(known)
    assert [path for path in known if not is_page(path)] == []
    assert not is_page("/nowhere")
    assert not is_page("/p/")


async def test_a_script_is_kept_for_ever_and_its_absence_for_no_moment(
    client: httpx.AsyncClient,
) -> None:
    script = await client.get("/assets/index-1.js")
    assert script.text == SCRIPT
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert script.headers["vary"] == "Accept-Encoding"
    dead = await client.get("/assets/index-0.js", headers=BROWSER)
    assert_not_found(dead)
    assert "immutable" not in dead.headers["cache-control"]


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("GZIP ; q=1", "gzip"),
        ("br; q=0.000, gzip;q=0", None),
        ("*", None),
    ],
)
async def test_what_was_compressed_is_sent_to_those_who_take_it(
    client: httpx.AsyncClient, accepted: str, encoding: str | None
) -> None:
    headers = {"Accept-Encoding": accepted}
    async with client.stream("GET", "/assets/index-1.js", headers=headers) as answer:
        sent = b"".join([chunk async for chunk in answer.aiter_raw()])
    assert answer.headers.get("content-encoding") == encoding
    expected = {"br": BROTLI, None: SCRIPT.encode()}
    assert (gzip.decompress(sent) if encoding == "gzip" else sent) == expected.get(
        encoding, SCRIPT.encode()
    )


@pytest.mark.parametrize("path", ["/", "/assets/index-1.js"])
async def test_whoever_has_it_already_is_not_sent_it_again(
    client: httpx.AsyncClient, path: str
) -> None:
    first = await client.get(path)
    known = {"If-None-Match": first.headers["etag"]}
    again = await client.get(path, headers=known)
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == first.headers["cache-control"]
    packed = await client.get("/assets/index-1.js", headers={**known, "Accept-Encoding": "gzip"})
    assert packed.status_code == 200
    assert packed.headers["etag"] != first.headers["etag"]


async def test_a_page_announces_what_it_will_need(client: httpx.AsyncClient) -> None:
    assert (await client.get("/p/1")).headers["link"] == LINK
    assert "link" not in (await client.get("/events")).headers
    assert "link" not in (await client.get("/")).headers


@pytest.mark.parametrize(
    "path", ["/api", "/api/nope", "/api/v2/polls", "/assets/", "/internal/v1/heads", "/-/x"]
)
async def test_what_programs_ask_for_is_never_answered_with_a_page(
    client: httpx.AsyncClient, path: str
) -> None:
    assert_not_found(await client.get(path, headers=BROWSER))


@pytest.mark.parametrize("path", ["/nowhere", "/p/", "/index.html", "/assets-of-mine"])
async def test_people_are_shown_that_nothing_is_there_and_programs_are_told(
    client: httpx.AsyncClient, path: str
) -> None:
    shown = await client.get(path, headers=BROWSER)
    assert (shown.status_code, shown.text) == (404, HTML)
    assert shown.headers["content-security-policy"] == POLICY
    assert_not_found(await client.get(path))


@pytest.mark.parametrize(
    "path", ["/.vite/preload.json", "/assets/index-1.js.gz", "/assets/../.vite/preload.json"]
)
async def test_nothing_but_the_pages_own_files_is_sent(
    client: httpx.AsyncClient, path: str
) -> None:
    assert_not_found(await client.get(path))


async def test_nobody_can_write_to_it(client: httpx.AsyncClient) -> None:
    for path in ("/", "/assets/index-1.js"):
        answer = await client.post(path, json={})
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")


async def test_heads_are_like_the_answers(client: httpx.AsyncClient) -> None:
    for path in ("/", "/assets/index-1.js"):
        head, answer = await client.head(path), await client.get(path)
        assert (head.status_code, head.headers) == (200, answer.headers)


async def test_browsers_stay_on_https_where_the_public_address_is_there(folder: Path) -> None:
    lay_out(folder)
    async with client_of(folder, https=True) as client:
        assert "strict-transport-security" in (await client.get("/")).headers


async def test_where_it_was_not_built_one_sentence_says_how_and_then_it_is_there(
    folder: Path,
) -> None:
    async with client_of(folder) as client:
        absent = await client.get("/p/1", headers=BROWSER)
        assert absent.status_code == 503
        assert "make web" in absent.text
        assert (await client.get("/nowhere", headers=BROWSER)).status_code == 404
        lay_out(folder)
        assert (await client.get("/p/1")).text == HTML
        lay_out(folder, "<!doctype html>another")
        assert (await client.get("/p/1")).text == "<!doctype html>another"


def assert_not_found(answer: httpx.Response) -> None:
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "not_found"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; frame-anc")
