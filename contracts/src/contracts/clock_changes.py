"""For tests: when clocks change in 2026 and 2027, and what follows, reckoned the slow way.

The table is written by hand. `walked` shares nothing with the code under test: it goes through
time minute by minute and looks at the clock on the wall.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from contracts.fact import Span
from contracts.polls import DailyHours

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class ClockChange:
    """At `at` the clocks of `zone` go from `before` to `after`, minutes ahead of UTC."""

    zone: str
    at: datetime
    before: int
    after: int

    @property
    def is_gap(self) -> bool:
        """Whether local times are skipped; else they come twice."""
        return self.after > self.before

    @property
    def first(self) -> datetime:
        """The earliest local time that is skipped, or that comes twice."""
        return self._local(min(self.before, self.after))

    @property
    def beyond(self) -> datetime:
        """The earliest local time after those."""
        return self._local(max(self.before, self.after))

    def _local(self, minutes: int) -> datetime:
        return (self.at + minutes * MINUTE).replace(tzinfo=None)

    def __str__(self) -> str:
        return f"{self.zone} {self.at:%Y-%m-%d}"


_TABLE = """
    Europe/Berlin         60 2026-03-29T01:00  120 2026-10-25T01:00   60 2027-03-28T01:00  120
                             2027-10-31T01:00   60
    Europe/Dublin          0 2026-03-29T01:00   60 2026-10-25T01:00    0 2027-03-28T01:00   60
                             2027-10-31T01:00    0
    America/New_York    -300 2026-03-08T07:00 -240 2026-11-01T06:00 -300 2027-03-14T07:00 -240
                             2027-11-07T06:00 -300
    America/Vancouver   -480 2026-03-08T10:00 -420
    America/Santiago    -180 2026-04-05T03:00 -240 2026-09-06T04:00 -180 2027-04-04T03:00 -240
                             2027-09-05T04:00 -180
    Africa/Casablanca     60 2026-02-15T02:00    0 2026-03-22T02:00   60 2026-09-20T01:00    0
    Africa/El_Aaiun       60 2026-02-15T02:00    0 2026-03-22T02:00   60 2026-09-20T01:00    0
    Africa/Cairo         120 2026-04-23T22:00  180 2026-10-29T21:00  120 2027-04-29T22:00  180
                             2027-10-28T21:00  120
    Asia/Beirut          120 2026-03-28T22:00  180 2026-10-24T21:00  120 2027-03-27T22:00  180
                             2027-10-30T21:00  120
    Australia/Sydney     660 2026-04-04T16:00  600 2026-10-03T16:00  660 2027-04-03T16:00  600
                             2027-10-02T16:00  660
    Australia/Lord_Howe  660 2026-04-04T15:00  630 2026-10-03T15:30  660 2027-04-03T15:00  630
                             2027-10-02T15:30  660
    Pacific/Auckland     780 2026-04-04T14:00  720 2026-09-26T14:00  780 2027-04-03T14:00  720
                             2027-09-25T14:00  780
    Pacific/Chatham      825 2026-04-04T14:00  765 2026-09-26T14:00  825 2027-04-03T14:00  765
                             2027-09-25T14:00  825
    Antarctica/Troll       0 2026-03-29T01:00  120 2026-10-25T01:00    0 2027-03-28T01:00  120
                             2027-10-31T01:00    0
    America/Phoenix     -420
    America/Sao_Paulo   -180
    Asia/Kolkata         330
    Asia/Kathmandu       345
    Asia/Tehran          210
    Asia/Tokyo           540
    Pacific/Kiritimati   840
    Pacific/Apia         780
    Pacific/Pago_Pago   -660
    Etc/GMT+12          -720
    UTC                    0
"""


def _read() -> Iterator[tuple[str, int, tuple[ClockChange, ...]]]:
    zone, first = "", 0
    changes: list[ClockChange] = []
    words = iter(_TABLE.split())
    for word in words:
        if word[0].isalpha():
            if zone:
                yield zone, first, tuple(changes)
            zone, first, changes = word, int(next(words)), []
        else:
            before = changes[-1].after if changes else first
            at = datetime.fromisoformat(word).replace(tzinfo=UTC)
            changes.append(ClockChange(zone, at, before, int(next(words))))
    yield zone, first, tuple(changes)


ZONES = tuple(_read())
"""Each zone with its minutes ahead of UTC when 2026 begins, and its changes until 2028."""

CHANGES = tuple(change for _, _, changes in ZONES for change in changes)
GAPS = tuple(change for change in CHANGES if change.is_gap)
FOLDS = tuple(change for change in CHANGES if not change.is_gap)
STEADY = tuple(zone for zone, _, changes in ZONES if not changes)


def changes_ahead(zone: str, since: datetime) -> list[ClockChange]:
    """Those of a year: what tests work with that need times which have not passed yet."""
    wall, found = ZoneInfo(zone), list[ClockChange]()
    moment = since.replace(minute=0, second=0, microsecond=0)
    end, before = moment + 366 * DAY, _minutes(wall, moment)
    while moment < end:
        moment += 15 * MINUTE
        after = _minutes(wall, moment)
        if after != before:
            found.append(ClockChange(zone, moment, before, after))
        before = after
    return found


def _minutes(wall: ZoneInfo, moment: datetime) -> int:
    offset = moment.astimezone(wall).utcoffset()
    assert offset is not None
    return offset // MINUTE


@dataclass(frozen=True)
class Walk:
    """Every minute of a stretch of time, with what the clock on the wall shows."""

    minutes: Sequence[datetime]
    shown: Sequence[datetime]

    def first_at(self, local: datetime) -> datetime:
        """The first minute at which the clock shows that time, or a later one."""
        return next(m for m, s in zip(self.minutes, self.shown, strict=True) if s >= local)

    def all_at(self, local: datetime) -> list[datetime]:
        return [m for m, s in zip(self.minutes, self.shown, strict=True) if s == local]


@lru_cache(maxsize=16)
def walk(zone: str, start: datetime, end: datetime) -> Walk:
    minutes = [start + n * MINUTE for n in range((end - start) // MINUTE)]
    wall = ZoneInfo(zone)
    return Walk(minutes, [m.astimezone(wall).replace(tzinfo=None) for m in minutes])


def walked_slots(window: Span, hours: DailyHours, zone: str) -> list[Span]:
    """What `contracts.slots.slots` is to find, for windows and hours in whole minutes."""
    steps = walk(zone, window.start - 2 * DAY, window.end + 2 * DAY)
    inside: set[datetime] = set()
    day, last = steps.shown[0].date() + DAY, steps.shown[-1].date() - DAY
    while day < last:
        if f"{day:%a}".lower() in hours.days:
            inside.update(_stretch(steps, day, hours))
        day += DAY
    return _spans(sorted(m for m in inside if window.start <= m < window.end))


def _stretch(steps: Walk, day: date, hours: DailyHours) -> Iterator[datetime]:
    last = day if hours.end > hours.start else day + DAY
    start = steps.first_at(datetime.combine(day, hours.start))
    end = steps.first_at(datetime.combine(last, hours.end))
    return (start + n * MINUTE for n in range((end - start) // MINUTE))


def _spans(minutes: Sequence[datetime]) -> list[Span]:
    found: list[Span] = []
    for minute in minutes:
        if found and found[-1].end == minute:
            found[-1] = Span(start=found[-1].start, end=minute + MINUTE)
        else:
            found.append(Span(start=minute, end=minute + MINUTE))
    return found
