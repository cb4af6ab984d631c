"""What availability needs to know at its start."""

from pydantic import Field, SecretStr

from chassis.settings import ServiceSettings, Url


class Settings(ServiceSettings):
    """Read from the environment by `chassis.settings.load`."""

    database_url: SecretStr = Field(
        validation_alias="AVAILABILITY_DATABASE_URL",
        description="PostgreSQL database of availability",
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
