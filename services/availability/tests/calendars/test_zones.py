"""Which zone a name means, whoever wrote it."""

import pytest

from availability.calendars.testing import busy, calendar, event, found, wish

OWN_RULES = (
    "BEGIN:VTIMEZONE\r\nTZID:Customized Time Zone\r\n"
    "BEGIN:STANDARD\r\nDTSTART:16010101T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n"
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\r\nEND:STANDARD\r\n"
    "BEGIN:DAYLIGHT\r\nDTSTART:16010101T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n"
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE"
)


@pytest.mark.parametrize(
    ("tzid", "expected"),
    [
        ("Europe/Berlin", "12-01 08:00/09:00"),
        ('"Europe/Berlin"', "12-01 08:00/09:00"),
        ("/Europe/Berlin", "12-01 08:00/09:00"),
        ("/citadel.org/20190914_1/America/Argentina/Buenos_Aires", "12-01 12:00/13:00"),
        ("Eastern Standard Time", "12-01 14:00/15:00"),
        ("India Standard Time", "12-01 03:30/04:30"),
        ("UTC", "12-01 09:00/10:00"),
        ("GMT+0100", "12-01 08:00/09:00"),
        ('"UTC+05:45"', "12-01 03:15/04:15"),
        ("Asia/Kathmandu", "12-01 03:15/04:15"),
        ("Pacific/Chatham", "11-30 19:15/20:15"),
        ("Australia/Lord_Howe", "11-30 22:00/23:00"),
        ("Pacific/Kiritimati", "11-30 19:00/20:00"),
        ("Pacific/Pago_Pago", "12-01 20:00/21:00"),
    ],
)
def test_a_zone_is_known_by_this_name(tzid: str, expected: str) -> None:
    content = calendar(event(f"DTSTART;TZID={tzid}:20261201T090000", "DURATION:PT1H"))
    assert busy(content, wish(zone="Asia/Tokyo")) == [expected]
    assert found(content).warnings == []


def test_an_unknown_zone_is_taken_as_the_persons_and_pointed_out_once() -> None:
    content = calendar(
        event("DTSTART;TZID=Secret Lair:20261201T090000", "DURATION:PT1H", uid="a"),
        event("DTSTART;TZID=Secret Lair:20261202T090000", "DURATION:PT1H", uid="b"),
    )
    assert busy(content, wish(zone="Asia/Tokyo")) == ["12-01 00:00/01:00", "12-02 00:00/01:00"]
    warnings = found(content).warnings
    assert [(one["code"], one["line"]) for one in warnings] == [("unknown_zone", 6)]
    assert "Lair" not in str(warnings)


@pytest.mark.parametrize(
    ("window", "local", "expected"),
    [
        # Spring 2027 in that zone: 02:00 becomes 03:00 on the 28th of March.
        (("2027-03-27T00:00Z", "2027-03-29T00:00Z"), "20270328T013000", "03-28 00:30/01:30"),
        (("2027-03-27T00:00Z", "2027-03-29T00:00Z"), "20270328T023000", "03-28 01:30/02:30"),
        (("2027-03-27T00:00Z", "2027-03-29T00:00Z"), "20270328T033000", "03-28 01:30/02:30"),
        # Autumn: 03:00 becomes 02:00 on the 31st of October, and the first 02:30 is meant.
        (("2027-10-30T00:00Z", "2027-11-01T00:00Z"), "20271031T023000", "10-31 00:30/01:30"),
        (("2027-10-30T00:00Z", "2027-11-01T00:00Z"), "20271031T030000", "10-31 02:00/03:00"),
    ],
)
@pytest.mark.parametrize("tzid", ["Customized Time Zone", "Europe/Berlin"])
def test_a_zone_with_rules_of_its_own_changes_its_clocks_like_the_one_it_copies(
    tzid: str, window: tuple[str, str], local: str, expected: str
) -> None:
    content = calendar(OWN_RULES, event(f"DTSTART;TZID={tzid}:{local}", "DURATION:PT1H"))
    assert busy(content, wish(window, zone="Asia/Tokyo")) == [expected]
