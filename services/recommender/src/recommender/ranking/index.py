"""Everything the ranking of one poll needs, kept in memory and brought up to date person by person.

The index holds, in order of time, each change of the level at which somebody can start the meeting,
with what it adds to the packed score. A new schedule replaces its own person's changes only. Arrays
are replaced and never written to, so a reader that holds some of them sees them unchanged.
"""

from collections.abc import Collection, Iterable, Mapping
from copy import copy
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommender.ranking.starts import Changes, Instants, Rows, changes, rows, spliced
from recommender.ranking.times import PollTimes

FEW = 50
"""So many people are put one by one; with more the index is made anew."""
_PERSON_BYTES = 300  # beside the schedule and the changes, as measured on CPython 3.11


class Person(NamedTuple):
    """A participant as the ranking sees one.

    `schedule` is packed (`recommender.ranking.schedules.pack`), or None while there is no answer.
    """

    id: str
    weight: int = 1
    schedule: bytes | None = None
    required: bool = False
    groups: tuple[str, ...] = ()


class Roster(NamedTuple):
    """The participants in order of id: their ids, and their numbers in the index."""

    ids: NDArray[np.object_]
    numbers: NDArray[np.intp]


class Standing(NamedTuple):
    """By number in the index: who is required, and the members of each group."""

    required: NDArray[np.bool_]
    groups: Mapping[str, NDArray[np.intp]]


class PollIndex:
    """What the ranking knows of one poll. However people are put and removed, the end is the same.

    `changes` is in order of time, `answered` is by a person's number in the index.
    """

    def __init__(self, times: PollTimes, people: Iterable[Person] = ()) -> None:
        """Loads many people at once, far cheaper than putting them one by one."""
        self.times = times
        self._number: dict[str, int] = {}
        self._people: list[Person] = []
        for person in people:
            self._number[person.id] = len(self._people)
            self._people.append(person)
        if len(self._number) != len(self._people):
            raise ValueError("a participant was given twice")
        self._roster: Roster | None = None
        self._standing: Standing | None = None
        self.answered = np.array([person.schedule is not None for person in self._people], np.bool_)
        self.changes = changes(times, self.free(), self.weights)

    def put(self, person: Person) -> None:
        """Adds a person or replaces what is known of them."""
        self._standing = None
        number = self._number.setdefault(person.id, len(self._people))
        if number == len(self._people):
            self._people.append(person)
            self.answered = np.append(self.answered, person.schedule is not None)
            self._roster = None
        elif self._people[number] == person:
            return
        else:
            self._people[number] = person
            self.answered = _with(self.answered, number, person.schedule is not None)
        own = rows([(number, person.schedule or b"")])
        weights = np.broadcast_to(np.int64(person.weight), len(self._people))
        self.changes = spliced(self.changes, number, changes(self.times, own, weights))

    def remove(self, participant: str) -> None:
        """Forgets a person, who then counts for nothing; whoever is unknown already does."""
        number = self._number.pop(participant, None)
        if number is None:
            return
        rest = self.changes.owner != number
        last = self._people.pop()
        if last.id != participant:
            # the last one takes the vacant number, so that numbers stay dense
            self._people[number] = last
            self._number[last.id] = number
            self.answered = _with(self.answered, number, last.schedule is not None)
        self.answered = self.answered[:-1]
        owner = self.changes.owner[rest]
        owner[owner == len(self._people)] = number
        old = self.changes
        self.changes = Changes(old.time[rest], owner, old.code[rest], old.delta[rest])
        self._roster = self._standing = None

    def copy(self) -> "PollIndex":
        """An index that goes its own way; the arrays, which are never written to, are shared."""
        other = copy(self)
        other._number, other._people = dict(self._number), list(self._people)
        return other

    def without(self, participants: Collection[str]) -> "PollIndex":
        """The index as if these had never been in the poll; the others are not computed anew."""
        numbers = [n for n, person in enumerate(self._people) if person.id not in participants]
        if len(numbers) == len(self):
            return self
        other, old = copy(self), self.changes
        other._people = [self._people[number] for number in numbers]
        other._number = {person.id: number for number, person in enumerate(other._people)}
        other._roster = other._standing = None
        other.answered = self.answered[numbers]
        renumbered = np.full(len(self), -1, np.int32)
        renumbered[numbers] = np.arange(len(numbers))
        owner = renumbered[old.owner]
        rest = owner >= 0
        other.changes = Changes(old.time[rest], owner[rest], old.code[rest], old.delta[rest])
        return other

    def updated(self, people: Collection[Person], gone: Collection[str]) -> "PollIndex":
        """With people put and removed: this very index if they are `FEW`, else another one."""
        if len(people) + len(gone) > FEW:
            return self.with_people(people, gone)
        for person in people:
            self.put(person)
        for participant in gone:
            self.remove(participant)
        return self

    def with_people(
        self, people: Iterable[Person], gone: Iterable[str], times: PollTimes | None = None
    ) -> "PollIndex":
        """Another index with many people put and removed: cheaper than one after the other.

        Under other times, where they are given.
        """
        known = {person.id: person for person in self._people}
        known.update((person.id, person) for person in people)
        for participant in gone:
            known.pop(participant, None)
        return PollIndex(times or self.times, known.values())

    def with_times(self, times: PollTimes) -> "PollIndex":
        """The same people under other times: a revised window, another duration."""
        return PollIndex(times, self._people)

    def lasting(self, duration: int) -> "PollIndex":
        """This index if its meeting takes `duration`, else one computed for it."""
        if duration == self.times.duration:
            return self
        return self.with_times(replace(self.times, duration=duration))

    def __len__(self) -> int:
        """How many participants there are, answered or not."""
        return len(self._people)

    @property
    def nbytes(self) -> int:
        """About how much memory the index holds, for a cache bounded in bytes."""
        packed = sum(len(person.schedule or b"") for person in self._people)
        return self.changes.nbytes + packed + _PERSON_BYTES * len(self._people)

    @property
    def roster(self) -> Roster:
        """The participants in order of id."""
        if self._roster is None:
            ids = [person.id for person in self._people]
            numbers = sorted(range(len(ids)), key=ids.__getitem__)
            in_order = np.array([ids[number] for number in numbers], np.object_)
            self._roster = Roster(in_order, np.array(numbers, np.intp))
        return self._roster

    @property
    def standing(self) -> Standing:
        """Who is required, and who belongs to which group."""
        if self._standing is None:
            required = np.array([person.required for person in self._people], np.bool_)
            groups: dict[str, list[int]] = {}
            for number, person in enumerate(self._people):
                for group in person.groups:
                    groups.setdefault(group, []).append(number)
            members = {name: np.array(found, np.intp) for name, found in groups.items()}
            self._standing = Standing(required, members)
        return self._standing

    @property
    def weights(self) -> Instants:
        """Everybody's weight, by number in the index."""
        return np.array([person.weight for person in self._people], np.int64)

    def attendance_at(self, start: int) -> NDArray[np.uint8]:
        """Everybody's level at a start, by number in the index; 0 for whoever cannot come."""
        level = np.zeros(len(self), np.uint8)
        slot = int(self.times.slot_starts.searchsorted(start, "right")) - 1
        if slot >= 0:
            since = int(self.changes.time.searchsorted(int(self.times.slot_starts[slot])))
            past = slice(since, int(self.changes.time.searchsorted(start, "right")))
            # of one person's changes the last stays
            level[self.changes.owner[past]] = self.changes.code[past] & 3
        return level

    def id_of(self, number: int) -> str:
        """The id of the person with this number in the index."""
        return self._people[number].id

    def person(self, participant: str) -> Person | None:
        """What is known of a person; None of one who is not in the poll."""
        number = self._number.get(participant)
        return None if number is None else self._people[number]

    def free(self) -> Rows:
        """Everybody's intervals, put together anew: kept, they would double the index."""
        return rows([(n, person.schedule or b"") for n, person in enumerate(self._people)])


def _with(array: NDArray[np.bool_], at: int, value: bool) -> NDArray[np.bool_]:
    copy = array.copy()
    copy[at] = value
    return copy
