"""What availability needs to know at its start."""

from pydantic import Field, SecretStr

from chassis.settings import ServiceSettings, Url


class Settings(ServiceSettings):
    """Read from the environment by `chassis.settings.load`."""

    database_url: SecretStr = Field(
        validation_alias="AVAILABILITY_DATABASE_URL",
        description="PostgreSQL database of availability",
    )
    migration_database_url: SecretStr | None = Field(
        default=None,
        validation_alias="AVAILABILITY_MIGRATION_DATABASE_URL",
        description="The same database for `migrate`, as a member of its owner's role",
    )
    poll_api_url: Url = Field(
        validation_alias="POLL_API_URL", description="Where poll-api answers other services"
    )
    max_participants: int = Field(
        default=10_000,
        gt=0,
        validation_alias="MAX_PARTICIPANTS",
        description="So many people may join one poll",
    )
    calendar_timeout_s: float = Field(
        default=2,
        gt=0,
        validation_alias="CALENDAR_TIMEOUT_S",
        description="Seconds that reading one calendar may take; then it is given up",
    )
    calendar_workers: int = Field(
        default=2,
        gt=0,
        validation_alias="CALENDAR_WORKERS",
        description="Calendars read at the same time, each in a process that is there only then",
    )
