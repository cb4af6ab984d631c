"""What a feed is called, how often it is worth asking for, and one for the API's description."""

from datetime import UTC, datetime, timedelta

from calendars.meeting import Meeting
from calendars.writing import written_feed

NAME = "Commontime"
REFRESH = timedelta(hours=1)

_AT = datetime(2030, 12, 2, 10, tzinfo=UTC)
_POLL = "019a6f2c-8d1e-7c3a-9b4f-2f6d1a5e7c90"
_HOLD = Meeting(
    uid=f"hold-{_POLL}@commontime.example.org",
    sequence=4,
    status="TENTATIVE",
    starts_at=_AT,
    ends_at=_AT + timedelta(hours=1),
    title="Planning",
    description="What we build next quarter",
    url=f"https://commontime.example.org/p/{_POLL}",
    created_at=datetime(2030, 11, 24, 10, tzinfo=UTC),
    changed_at=datetime(2030, 11, 25, 9, 30, tzinfo=UTC),
)
CALENDAR = written_feed([_HOLD], NAME, REFRESH)
