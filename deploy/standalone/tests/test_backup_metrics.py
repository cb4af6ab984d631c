"""What a node exporter is told of backups, and what becomes of it where it cannot be."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from standalone import backup_metrics
from standalone.failures import Failure

AT = datetime(2026, 1, 5, 3, tzinfo=UTC)


def told(file: Path) -> list[tuple[str, float]]:
    return [
        (sample.name, sample.value)
        for family in text_string_to_metric_families(file.read_text())
        for sample in family.samples
    ]


def test_the_file_is_replaced_as_a_whole_and_can_be_read_by_anybody(tmp_path: Path) -> None:
    file = tmp_path / "commontime.prom"
    before = os.umask(0o077)
    try:
        for day in (5, 6):
            backup_metrics.check(file)
            backup_metrics.tell(file, AT.replace(day=day))
    finally:
        os.umask(before)
    assert told(file) == [(backup_metrics.NAME, AT.replace(day=6).timestamp())]
    assert list(tmp_path.iterdir()) == [file]
    assert file.stat().st_mode & 0o777 == 0o644


def test_a_name_that_no_exporter_reads_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"reads only files named \*\.prom"):
        backup_metrics.check(tmp_path / "commontime.txt")


def test_a_file_that_cannot_be_written_is_told_of_and_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "commontime.prom"
    file.mkdir()
    with pytest.raises(Failure, match=r"The backup is made; .* cannot be written"):
        backup_metrics.tell(file, AT)
    assert list(tmp_path.iterdir()) == [file]
