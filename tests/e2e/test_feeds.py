"""An account's meetings in its calendar program, from the first answer to the last change."""

from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import httpx

from calendars.testing import Component, read_calendar
from commontime_driver import Commontime, at, eventually, free
from separate_processes import SeparateProcesses

FEED = "/api/v1/accounts/me/feed"


async def subscribes(commontime: Commontime, token: str) -> str:
    """The link that the account gives to its calendar program."""
    made = await commontime.asks("POST", FEED, {"holds": True}, token)
    return str(made.json()["link"])


async def entries(commontime: Commontime, link: str) -> list[tuple[str, str, str]]:
    """What the program shows: status, id and start of each, latest first."""
    answer = await commontime.asks("GET", urlsplit(link).path)
    return [_shown(entry) for entry in read_calendar(answer.content).components]


def _shown(entry: Component) -> tuple[str, str, str]:
    start = entry["DTSTART"].instant.isoformat().replace("+00:00", "Z")
    return entry.text("STATUS"), entry.text("UID").partition("@")[0], start


async def test_a_feed_follows_a_poll_from_its_first_answer_to_its_last_change(
    commontime: Commontime,
) -> None:
    owner = await commontime.registers()
    link = await subscribes(commontime, owner.token)
    poll = await commontime.opens_a_poll(token=owner.token)
    assert await entries(commontime, link) == []

    async def shown() -> list[tuple[str, str, str]]:
        return await entries(commontime, link)

    ann = await commontime.joins(poll, "Ann")
    await commontime.submits(ann, free(2, 4))
    hold = ("TENTATIVE", f"hold-{poll.id}", at(2))
    await eventually(shown, lambda seen: seen == [hold])
    await commontime.submits(ann, free(5, 8))
    await eventually(shown, lambda seen: seen == [("TENTATIVE", f"hold-{poll.id}", at(5))])

    decided = await commontime.finalises(poll, at(5))
    assert await shown() == [("CONFIRMED", decided["event_id"], at(5))]
    await commontime.reopens(poll)
    await eventually(shown, lambda seen: seen == [("TENTATIVE", decided["event_id"], at(5))])

    answer = await commontime.asks("GET", urlsplit(link).path)
    known = {"If-None-Match": answer.headers["etag"]}
    unchanged = await commontime.client.get(urlsplit(link).path, headers=known)
    assert unchanged.status_code == httpx.codes.NOT_MODIFIED
    await commontime.asks("DELETE", FEED, None, owner.token)
    gone = await commontime.client.get(urlsplit(link).path)
    assert (gone.status_code, gone.json()["code"]) == (404, "not_found")


async def test_no_log_of_services_or_gateway_has_the_secret_of_a_feed(
    separate: SeparateProcesses,
) -> None:
    marker = str(uuid4())
    async with Commontime(separate.url, separate.admin_token) as commontime:
        link = await subscribes(commontime, (await commontime.registers()).token)
        await entries(commontime, link)
        secret = link.rpartition("/ct_fed_")[2].removesuffix(".ics")
        for path in (f"feeds/{secret}", f"feed/ct_fed_{secret}.ics", f"polls/{marker}"):
            assert (await commontime.client.get(f"/api/v1/{path}")).status_code == 404

    async def logged() -> str:
        return _logs(separate.folder)

    # Lines are written when the answer is already on its way: that of the gateway and of a service.
    seen = await eventually(logged, lambda text: text.count(marker) >= 2)
    assert secret not in seen


def _logs(folder: Path) -> str:
    return "".join(file.read_text(errors="replace") for file in folder.glob("**/*.log"))
