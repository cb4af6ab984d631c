from pathlib import Path

from standalone.settings_page import page

PAGE = Path(__file__).parents[3] / "docs" / "settings.md"


def test_the_page_of_settings_is_what_the_code_reads() -> None:
    assert PAGE.read_text() == page(), "run `make contracts`"


def test_no_default_is_a_python_expression() -> None:
    assert "timedelta" not in page()
    assert "Pydantic" not in page()
