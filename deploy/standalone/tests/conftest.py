"""Instances to try things on."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from standalone.disguise import enter_namespace
from standalone.testing import Instance


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    """An instance that has never run."""
    instance = Instance(tmp_path)
    yield instance
    instance.clean_up()


@pytest.fixture
def instance_of_a_user(tmp_path: Path) -> Iterator[Instance]:
    """An instance run by somebody who is not root, under the strictest umask."""

    def become_a_user() -> None:
        os.umask(0o077)
        if os.geteuid() == 0:
            enter_namespace()

    instance = Instance(tmp_path, become_a_user)
    yield instance
    instance.clean_up()
