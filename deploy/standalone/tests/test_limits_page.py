from pathlib import Path

from standalone.limits_page import page

PAGE = Path(__file__).parents[3] / "docs" / "limits.md"


def test_the_page_of_limits_is_what_the_code_keeps() -> None:
    assert PAGE.read_text() == page(), "run `make contracts`"
