"""The rules of zones are those of the locked package, however old a machine's own are."""

import subprocess
import sys
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from chassis.zones import use_locked_rules

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC)


@pytest.fixture
def old_machine(tmp_path: Path) -> Iterator[Path]:
    """A machine whose people of Vancouver still live by the rules of Berlin."""
    folder = tmp_path / "America"
    folder.mkdir()
    berlin = files("tzdata.zoneinfo.Europe").joinpath("Berlin").read_bytes()
    (folder / "Vancouver").write_bytes(berlin)
    zoneinfo.reset_tzpath([tmp_path])
    ZoneInfo.clear_cache()
    yield tmp_path
    zoneinfo.reset_tzpath(())
    ZoneInfo.clear_cache()


def offset() -> timedelta | None:
    return NOON.astimezone(ZoneInfo("America/Vancouver")).utcoffset()


@pytest.mark.usefixtures("old_machine")
def test_the_locked_rules_win_over_the_machines() -> None:
    assert offset() == timedelta(hours=1)
    use_locked_rules()
    # Since 2026 they do not put their clocks back in autumn.
    assert offset() == timedelta(hours=-7)


def test_an_operator_may_say_where_the_rules_are(
    old_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONTZPATH", str(old_machine))
    use_locked_rules()
    assert offset() == timedelta(hours=1)


def test_every_service_keeps_to_them() -> None:
    program = (
        "import zoneinfo; from chassis.application import create_service;"
        "from chassis.settings import ServiceSettings, placeholder;"
        "create_service('chassis', placeholder(ServiceSettings), routers=[], lifespan=None);"
        "print(zoneinfo.TZPATH)"
    )
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert told.stdout == "()\n"
