"""The four services, by name. Their code is imported only in the process that runs them."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from contracts import topics

if TYPE_CHECKING:  # the launcher has no use for it
    from fastapi import FastAPI

    from chassis.settings import ServiceSettings


@dataclass(frozen=True)
class Service:
    """One service: `poll-api`; its package is `poll_api`, its variables begin `POLL_API_`."""

    name: str

    @property
    def package(self) -> str:
        return self.name.replace("-", "_")

    @property
    def publishes(self) -> bool:
        """Say whether it owns a topic: only then has it something to send again."""
        return any(topic.owner == self.name for topic in topics.ALL)

    @property
    def database(self) -> str:
        """The name of its database and of its role."""
        return self.package

    @property
    def database_variable(self) -> str:
        return f"{self.package.upper()}_DATABASE_URL"

    @property
    def url_variable(self) -> str:
        return f"{self.package.upper()}_URL"

    def settings_class(self) -> "type[ServiceSettings]":
        settings: type[ServiceSettings] = import_module(f"{self.package}.settings").Settings
        return settings

    def create_app(self, settings: "ServiceSettings") -> "FastAPI":
        app: FastAPI = import_module(f"{self.package}.main").create_app(settings)
        return app

    def migration_folders(self) -> Sequence[Path]:
        folders: Sequence[Path] = import_module(f"{self.package}.migrations").FOLDERS
        return folders


SERVICES = (
    Service("poll-api"),
    Service("availability"),
    Service("recommender"),
    Service("event-lifecycle"),
)
