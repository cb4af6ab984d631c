"""Files as the usual programs write them, each after the ways it is known for."""

from pathlib import Path

import pytest

from availability.calendars.testing import found, spans, wish

FOLDER = Path(__file__).parent / "dialects"
ANN = wish(email="Ann@Example.org")
EXPECTED: dict[str, tuple[list[str], dict[str, int]]] = {
    # UNTIL in UTC, an excluded day, a moved one, and an invitation that was declined.
    "google": (
        ["11-30 08:00/08:30", "12-07 13:00/14:00", "12-10 08:00/08:30"],
        {"declined": 1, "transparent": 1},
    ),
    # Windows' names, zones of its own with names that are no names, days that count from -1.
    "outlook": (
        [
            "12-02 09:00/10:00",
            "12-03 15:00/16:00",
            "12-04 04:30/05:30",
            "12-04 23:00/12-05 23:00",
            "12-08 23:00/12-09 23:00",
            "12-10 23:00/12-11 23:00",
        ],
        {"transparent": 1},
    ),
    # Alarms that say times too, and UNTIL as a date.
    "apple": (["12-01 13:00/13:45", "12-01 14:00/15:00"], {}),
    # Zones without VTIMEZONE, periods, an excluded day, a cancelled occurrence, tasks.
    "nextcloud": (
        [
            "11-30 07:00/07:45",
            "12-02 07:00/07:45",
            "12-02 15:00/17:00",
            "12-03 07:00/07:45",
            "12-03 15:00/16:00",
            "12-05 07:00/07:45",
        ],
        {"cancelled": 1, "journals": 1, "tasks": 1},
    ),
    # Zones behind the address of whoever wrote them down.
    "thunderbird": (["12-01 18:00/20:00", "12-02 23:00/12-04 23:00"], {}),
    # Properties of RFC 7986, and a change from one occurrence on.
    "fastmail": (
        ["12-01 22:00/23:30", "12-03 22:00/23:30", "12-09 00:00/00:30", "12-11 00:00/00:30"],
        {},
    ),
    # No zones, no UIDs.
    "timetable": (["12-01 09:00/11:00", "12-02 07:15/08:45"], {"no_length": 1}),
    "freebusy": (
        [
            "12-01 08:00/09:00",
            "12-01 10:00/11:00",
            "12-02 08:00/08:30",
            "12-03 08:00/16:00",
            "12-04 20:00/21:00",
        ],
        {"free": 1},
    ),
}


@pytest.mark.parametrize("program", EXPECTED)
def test_a_calendar_of_this_program_is_understood(program: str) -> None:
    calendar = found((FOLDER / f"{program}.ics").read_bytes(), ANN)
    assert (spans(calendar.busy), calendar.ignored) == EXPECTED[program]
    assert calendar.warnings == []


@pytest.mark.parametrize("program", EXPECTED)
@pytest.mark.parametrize("end", [b"\r\n", b"\r"])
def test_the_ends_of_its_lines_make_no_difference(program: str, end: bytes) -> None:
    content = b"\xef\xbb\xbf" + (FOLDER / f"{program}.ics").read_bytes().replace(b"\n", end)
    calendar = found(content, ANN)
    assert (spans(calendar.busy), calendar.ignored) == EXPECTED[program]


def test_several_calendars_in_one_file_are_taken_together() -> None:
    names = ("apple", "timetable", "freebusy")
    together = b"".join((FOLDER / f"{name}.ics").read_bytes() for name in names)
    assert found(together).instances == sum(
        found((FOLDER / f"{name}.ics").read_bytes()).instances for name in names
    )


def test_an_invitation_declined_by_somebody_else_takes_time() -> None:
    content = (FOLDER / "google.ics").read_bytes()
    for email in ("ben@example.org", "nn@example.org", None):
        assert "12-02 12:00/13:00" in spans(found(content, wish(email=email)).busy)
