"""The polls asked about lately, as good as the database for as long as the feed is trusted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from fastapi import Response

from chassis.access import Caller, Credential, recognise
from chassis.database import Pool
from chassis.named_sql import load
from contracts.known_poll import KnownPoll
from recommender.answers import Heads
from recommender.feed import Feed
from recommender.known_polls import Poll
from recommender.readings import Readings
from recommender.recently_used import RecentlyUsed

_SQL = load("recommender")
_EDITOR_BYTES = 300
_ANSWERS_SHARE = 8
"""No poll's answers take more than this part of the whole."""


@dataclass(frozen=True, slots=True)
class ReadyAnswer:
    """An answer as it is sent again, and what is sent to those who have it already."""

    whole: Response
    unchanged: Response
    etag: bytes
    until: float | None = None
    """By `time.time`: as long as what was shown for it is sure to be good."""


@dataclass(eq=False, slots=True)
class Entry:
    """A poll and how far it has come here. Whatever changes makes another entry.

    `editors` are the edit capabilities seen, by their hashes; `answers` what was asked lately.
    """

    poll: Poll
    heads: Heads
    answers: RecentlyUsed[object, ReadyAnswer]
    editors: dict[str, UUID] = field(default_factory=dict[str, UUID])

    @property
    def nbytes(self) -> int:
        return self.poll.nbytes + len(self.editors) * _EDITOR_BYTES + self.answers.size

    def has(self, least: Mapping[str, int]) -> bool:
        """Whether it has come at least that far."""
        return (
            least.get("polls", 0) <= self.poll.sequence
            and least.get("schedules", 0) <= self.heads.schedules
        )

    def knows(self, shown: Credential) -> bool:
        """Whether the database has nothing to add to who shows this.

        Of an account the poll itself says whether it owns it or is invited.
        """
        known, token_hash = self.poll.known, shown.token_hash
        return (
            token_hash is None
            or shown.account_id is not None
            or token_hash in (known.organiser_hash, known.answer_hash)
            or token_hash in self.editors
        )

    def caller(self, shown: Credential) -> Caller | None:
        """Who shows this; None for those who must not learn that the poll exists."""
        return recognise(shown, self.poll.known, self.editors.get(shown.token_hash or ""))

    def is_ahead_of(self, other: "Entry") -> bool:
        mine, theirs = self.heads, other.heads
        return (
            self.poll.sequence > other.poll.sequence
            or mine.schedules > theirs.schedules
            or mine.names > theirs.names
        )


class Entries:
    """In `capacity` bytes, half of them for polls that may be read again for another sequence."""

    def __init__(self, pool: Pool, feed: Feed, capacity: int) -> None:
        self._pool = pool
        self._feed = feed
        self._half = capacity // 2
        self._entries: RecentlyUsed[UUID, Entry] = RecentlyUsed(self._half)
        self._polls: RecentlyUsed[UUID, Poll] = RecentlyUsed(self._half)
        self._readings = Readings()
        feed.subscribe(self._changed)
        feed.subscribe_to_erasures(self._erased)

    def at_hand(self, poll_id: UUID) -> Entry | None:
        """The poll as the database has it, if that is known without asking it."""
        return self._entries.get(poll_id) if self._feed.trusted else None

    async def read(self, poll_id: UUID, token_hash: str | None = None) -> Entry | None:
        """The poll as the database has it now, which also knows whose capability that is."""
        with self._readings.of(poll_id) as reading:
            found = await self._look_up(poll_id, token_hash)
        if found is None:
            return None
        poll, heads, participant_id = found
        if not reading.overtaken:
            self._polls.put(poll_id, poll, poll.nbytes)
        entry = self._entry(poll, heads)
        if token_hash is not None and participant_id is not None:
            entry.editors[token_hash] = participant_id
        if self._feed.trusted and not reading.overtaken:
            self._keep(entry)
        return entry

    def remember(self, entry: Entry, question: object, answer: ReadyAnswer, nbytes: int) -> None:
        """Keep an answer for as long as the entry is current."""
        entry.answers.put(question, answer, nbytes)
        if self._entries.get(entry.poll.known.poll_id) is entry:
            self._keep(entry)

    def _entry(self, poll: Poll, heads: Heads) -> Entry:
        entry = self._entries.get(poll.known.poll_id)
        if entry is not None and entry.poll is poll and entry.heads == heads:
            return entry
        return Entry(poll, heads, RecentlyUsed(self._half // _ANSWERS_SHARE))

    def _keep(self, entry: Entry) -> None:
        poll_id = entry.poll.known.poll_id
        kept = self._entries.get(poll_id)
        if kept is None or not kept.is_ahead_of(entry):
            self._entries.put(poll_id, entry, entry.nbytes)

    async def _look_up(
        self, poll_id: UUID, token_hash: str | None
    ) -> tuple[Poll, Heads, UUID | None] | None:
        held = self._polls.get(poll_id)
        known = None if held is None else held.sequence
        parameters = {"poll": poll_id, "edit_hash": token_hash, "known": known}
        async with self._pool.connection() as conn:
            cursor = await conn.execute(_SQL["visit"], parameters, prepare=True)
            row = await cursor.fetchone()
        if row is None:
            return None
        document, sequence, schedules, names, participant_id = row
        if held is None or held.sequence != sequence:
            held = Poll(KnownPoll.model_validate(document), sequence)
        return held, Heads(schedules, names), participant_id

    def _changed(self, polls: frozenset[UUID] | None) -> None:
        self._readings.overtake(polls)
        if polls is None:
            self._entries.clear()
            return
        for poll_id in polls:
            self._entries.drop(poll_id)

    def _erased(self, polls: frozenset[UUID] | None) -> None:
        self._changed(polls)
        if polls is None:
            self._polls.clear()
            return
        for poll_id in polls:
            self._polls.drop(poll_id)
