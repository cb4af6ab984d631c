"""The commands of docs/recommendations-api.md, pasted as they stand, answer what is shown there."""

from pathlib import Path

import pytest
from guide import ROOT, examples, paste

EXAMPLES = examples(ROOT / "docs" / "recommendations-api.md")


@pytest.fixture(scope="module")
def answered(
    one_process: tuple[str, str], home: Path, tmp_path_factory: pytest.TempPathFactory
) -> list[str]:
    """What each of the examples prints, all pasted into one shell."""
    url, _ = one_process
    place = tmp_path_factory.mktemp("guide")
    commands = [example.commands for example in EXAMPLES]
    return paste(commands, place, home, {"http://localhost:8000": url})


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(number, id=f"{number} {example.heading}")
        for number, example in enumerate(EXAMPLES)
    ],
)
def test_the_answer_is_as_shown(answered: list[str], number: int) -> None:
    assert EXAMPLES[number].differences(answered[number]) == []


def test_every_example_but_the_first_shows_an_answer() -> None:
    assert len(EXAMPLES) > 5
    assert all(example.shown for example in EXAMPLES[1:])
