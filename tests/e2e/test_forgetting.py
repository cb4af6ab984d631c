"""What was erased is nowhere: not in a dump, not in a topic once it is compacted, not in a log.

The words searched for are in the personal data and nowhere else. Before anything is erased they
must be found: a search that finds nothing proves nothing.
"""

import secrets
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field

import httpx
import pytest

from commontime_driver import Commontime, Person, Poll, at, eventually, free
from contracts import topics
from partner import Partner
from search import Search
from separate_processes import SeparateProcesses


def _word() -> str:
    return f"canary{secrets.token_hex(8)}"


@dataclass
class Words:
    """`personal` are a participant's, `poll` the organiser's, `calendar` of somebody's meetings."""

    personal: list[str] = field(default_factory=lambda: [_word() for _ in range(3)])
    poll: list[str] = field(default_factory=lambda: [_word() for _ in range(3)])
    calendar: str = field(default_factory=_word)

    @property
    def all(self) -> list[str]:
        return [*self.personal, *self.poll, self.calendar]


@dataclass
class Story:
    """A decided poll with a webhook, in which somebody has told everything about themselves."""

    words: Words
    poll: Poll
    person: Person


@pytest.fixture
async def commontime(separate: SeparateProcesses) -> AsyncGenerator[Commontime]:
    async with Commontime(separate.url, separate.admin_token) as driver:
        yield driver


@pytest.fixture
async def story(commontime: Commontime, partner: Partner) -> Story:
    words = Words()
    name, address, note = words.personal
    title, description, group = words.poll
    poll = await commontime.opens_a_poll(
        title=title,
        description=description,
        rules={"groups": [{"name": group, "at_least": 1}]},
    )
    hook = {"url": partner.url, "poll_id": poll.id}
    path = "/api/v1/webhooks/endpoints"
    await commontime.asks("POST", path, hook, poll.organiser, poll.least)
    key = {"Idempotency-Key": secrets.token_hex(16), **poll.least}
    about = {"name": name, "email": f"{address}@example.org"}
    joined = await commontime.asks("POST", f"{poll.path}/participants", about, poll.answer, key)
    poll.notice(joined)
    person = Person(joined.json()["id"], joined.json()["capabilities"]["edit"], poll)
    await commontime.asks("PATCH", person.path, {"note": note}, person.edit)
    await commontime.asks("PATCH", person.path, {"groups": [group]}, poll.organiser)
    await _imports(commontime, person, words.calendar)
    await commontime.submits(person, free(0, 3))
    await commontime.sees_recommended(poll)
    await commontime.asks("GET", f"{poll.path}/participants?name={name}", None, poll.organiser)
    decided = await commontime.finalises(poll, at(0))
    await eventually(
        lambda: commontime.sees_event(decided["event_id"], poll.answer), lambda e: e is not None
    )

    async def told() -> int:
        return len(partner.received)

    await eventually(told, lambda count: count >= 2)
    return Story(words, poll, person)


async def _imports(commontime: Commontime, person: Person, word: str) -> None:
    """A calendar whose only meeting has the word in its title."""
    start = at(1).replace("-", "").replace(":", "")
    calendar = "\r\n".join(
        [
            *("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//test//EN", "BEGIN:VEVENT"),
            *(f"UID:{word}", f"SUMMARY:{word}", f"DTSTAMP:{start}", f"DTSTART:{start}"),
            *("DURATION:PT30M", "END:VEVENT", "END:VCALENDAR", ""),
        ]
    )
    body = {"calendar": calendar}
    await commontime.asks("POST", f"{person.path}/schedule/import?apply=true", body, person.edit)


async def test_nothing_of_an_erased_person_is_left_in_any_dump_topic_or_log(
    commontime: Commontime, separate: SeparateProcesses, story: Story
) -> None:
    personal = Search(separate, story.words.personal)
    stored = {word for _, word in personal.dumps()}
    assert stored == set(story.words.personal)
    assert {topic for topic, _ in personal.topics()} == {topics.PARTICIPANTS.name}

    await commontime.erases(story.person)

    async def dumps() -> set[tuple[str, str]]:
        return personal.dumps()

    await eventually(dumps, lambda found: found == set())
    personal.compacts(topics.PARTICIPANTS)

    async def left() -> set[tuple[str, str]]:
        personal.rolls(topics.PARTICIPANTS)
        return personal.files(topics.PARTICIPANTS)

    await eventually(left, lambda found: found == set(), seconds=60)
    assert personal.topics() == set()
    await commontime.sees_recommended(story.poll)
    assert personal.logs() == set()


async def test_a_calendars_words_are_kept_nowhere_at_all(
    separate: SeparateProcesses, story: Story
) -> None:
    calendar = Search(separate, [story.words.calendar])
    assert calendar.dumps() == set()
    assert calendar.topics() == set()
    assert calendar.logs() == set()


async def test_nothing_of_an_erased_poll_is_left_but_in_what_kafka_forgets_within_a_week(
    commontime: Commontime, separate: SeparateProcesses, story: Story
) -> None:
    search = Search(separate, story.words.all)
    assert {word for _, word in search.dumps()} == {*story.words.personal, *story.words.poll}

    await commontime.erases_poll(story.poll)

    async def dumps() -> set[tuple[str, str]]:
        return search.dumps()

    await eventually(dumps, lambda found: found == set(), seconds=30)
    assert search.logs() == set()
    search.compacts(topics.PARTICIPANTS)

    async def left() -> set[tuple[str, str]]:
        search.rolls(topics.PARTICIPANTS)
        return search.files(topics.PARTICIPANTS) | search.files(topics.RECOMMENDATIONS)

    await eventually(left, lambda found: found == set(), seconds=60)
    kept_for = {topic.name: dict(topic.config).get("retention.ms") for topic in topics.ALL}
    week = str(7 * 24 * 3600 * 1000)
    assert {kept_for[topic] for topic, _ in search.topics()} == {week}
    assert {word for _, word in search.topics()}.isdisjoint(story.words.personal)


async def test_an_erased_poll_is_gone_for_everybody_and_does_not_come_back(
    commontime: Commontime, separate: SeparateProcesses, story: Story
) -> None:
    poll, person = story.poll, story.person
    await commontime.erases_poll(poll)
    paths = [
        poll.path,
        f"{poll.path}/participants",
        f"{poll.path}/schedules",
        f"{poll.path}/recommendations",
        f"{poll.path}/heatmap",
        f"{poll.path}/timeline",
        f"{poll.path}/event.ics",
    ]

    async def answers() -> set[int]:
        return {
            (await _asked(commontime, path, token)).status_code
            for path in paths
            for token in (poll.organiser, poll.answer, person.edit)
        }

    await eventually(answers, lambda seen: seen == {404})
    for service in ("availability", "recommender", "event-lifecycle", "poll-api"):
        separate.commands(service, "rebuild")
    assert await answers() == {404}
    assert Search(separate, story.words.all).dumps() == set()


async def _asked(commontime: Commontime, path: str, token: str) -> httpx.Response:
    return await commontime.client.get(path, headers={"Authorization": f"Bearer {token}"})


async def test_a_deleted_account_leaves_no_address(
    commontime: Commontime, separate: SeparateProcesses
) -> None:
    word = _word()
    account = await commontime.registers(f"{word}@example.org")
    poll = await commontime.opens_a_poll(token=account.token)
    search = Search(separate, [word])
    assert search.dumps() == {("poll-api", word)}
    body = {"current_password": account.password}
    await commontime.asks("DELETE", "/api/v1/accounts/me", body, account.token)
    assert search.dumps() == set()
    assert search.topics() == set()
    assert search.logs() == set()
    assert (await commontime.sees_poll(poll))["id"] == poll.id
