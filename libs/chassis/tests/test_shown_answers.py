"""What an answer shows as null is null in the description, too."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict

from chassis.openapi import install_openapi

EXAMPLE: dict[str, Any] = {
    "items": [
        {"name": "Ann", "note": None, "born": {"year": None, "place": "Ulm"}},
        {"name": "Ben", "note": "late", "born": None},
    ],
    "next": None,
}


class Born(BaseModel):
    year: int | None
    place: str


class Item(BaseModel):
    name: str
    note: str | None
    born: Born | None


class Page(BaseModel):
    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    items: tuple[Item, ...]
    next: int | None


def test_nulls_at_any_depth_are_shown_where_the_field_stands() -> None:
    app = FastAPI()

    @app.get("/page", response_model=Page)
    def get_page() -> None: ...

    install_openapi(app)
    [shown] = app.openapi()["components"]["schemas"]["Page"]["examples"]
    assert shown == EXAMPLE
    assert list(shown["items"][0]) == ["name", "note", "born"]
