"""`commontime demo`: a poll with eight people, from the first question to the event, over HTTP."""

import random
from argparse import Namespace
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from standalone.api import Api
from standalone.maintenance import running_instance
from standalone.settings import Settings
from standalone.terminal import say

PEOPLE = ("Ada", "Boris", "Chloé", "Daniyar", "Elif", "Farah", "Goran", "Hye-jin")
PREFERENCES = ("available", "preferred", "if_needed")
TOP = 3
# Every run gives the same week to the same people.
SEED = 8
HALF_HOUR = timedelta(minutes=30)


def run(settings: Settings, options: Namespace) -> int:
    """Play it through and print what came of it."""
    _, running = running_instance(settings)
    api = Api(running.url)
    poll = _open_poll(api)
    people, sequence = _answer(api, poll)
    best = _recommend(api, poll, people, sequence)
    _decide(api, poll, best)
    _create_event(api)
    _print_links(poll)
    return 0


def _open_poll(api: Api) -> Any:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = today + timedelta(days=7 - today.weekday())
    poll = api.call(
        "POST",
        "/api/v1/polls",
        body={
            "title": "Planning the spring release",
            "description": "An example: eight people look for an hour.",
            "timezone": "Europe/Berlin",
            "window": {"start": _text(monday), "end": _text(monday + timedelta(days=5))},
            "duration": "PT1H",
            "step": "PT30M",
            "daily_hours": {"start": "09:00", "end": "17:00"},
        },
    ).body
    say(f"A poll is open: “{poll['title']}”, Monday to Friday, one hour.")
    return poll


def _answer(api: Api, poll: Any) -> tuple[dict[str, str], str | None]:
    """Let everybody join and leave a schedule; return names by id and the sequence reached."""
    draw = random.Random(SEED)  # noqa: S311 - an example, not a secret
    path = f"/api/v1/polls/{poll['id']}/participants"
    names: dict[str, str] = {}
    sequence = None
    for name in PEOPLE:
        joined = api.call("POST", path, poll["capabilities"]["answer"], {"name": name}).body
        names[joined["id"]] = name
        sequence = api.call(
            "PUT",
            f"{path}/{joined['id']}/schedule",
            joined["capabilities"]["edit"],
            {"intervals": _schedule(poll["slots"], draw)},
        ).sequence
    say(f"{', '.join(PEOPLE)} have said when they are free.")
    return names, sequence


def _schedule(slots: Sequence[Any], draw: random.Random) -> list[dict[str, str]]:
    """Draw two free stretches of a day, for most days."""
    intervals: list[dict[str, str]] = []
    for slot in slots:
        start, end = (datetime.fromisoformat(slot[name]) for name in ("start", "end"))
        half = start + (end - start) / 2
        for first, last in ((start, half), (half, end)):
            if draw.random() < 0.8:
                begin = first + draw.randrange(3) * HALF_HOUR
                preference = draw.choices(PREFERENCES, weights=(6, 2, 2))[0]
                intervals.append(
                    {"start": _text(begin), "end": _text(last), "preference": preference}
                )
    return intervals


def _recommend(api: Api, poll: Any, names: dict[str, str], sequence: str | None) -> Any:
    path = f"/api/v1/polls/{poll['id']}/recommendations?limit={TOP}"
    found = api.get(path, poll["capabilities"]["organiser"], at_least=sequence).body
    say("The best times, in UTC:")
    for recommendation in found["recommendations"]:
        absent = [names[person["participant"]] for person in recommendation["unavailable"]]
        say(
            f"  {recommendation['rank']}. {recommendation['start']}  "
            f"{len(recommendation['available'])} of {len(names)}"
            + (f", without {', '.join(absent)}" if absent else "")
        )
    return found["recommendations"][0]


def _decide(api: Api, poll: Any, best: Any) -> None:
    decided = api.call(
        "POST",
        f"/api/v1/polls/{poll['id']}/finalise",
        poll["capabilities"]["organiser"],
        {"start": best["start"]},
    ).body
    path = f"/api/v1/events/{decided['event_id']}"
    event = api.get(path, poll["capabilities"]["organiser"]).body
    say(f"The first one is chosen; its event is {event['status']}: {api.url}{path}")


def _create_event(api: Api) -> None:
    starts = datetime.now(UTC) + timedelta(hours=1)
    event = api.call(
        "POST",
        "/api/v1/events",
        body={"title": "Coffee", "starts_at": _text(starts)},
    ).body
    say(f"An event of its own completes by itself in 10 s: {api.url}/api/v1/events/{event['id']}")


def _print_links(poll: Any) -> None:
    say("\nThe poll's links (whoever has one may use it):")
    for name, link in poll["links"].items():
        say(f"  {name:10} {link}")


def _text(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
