"""What recommender needs to know at its start."""

from pydantic import Field, SecretStr

from chassis.settings import ServiceSettings, Url


class Settings(ServiceSettings):
    """Read from the environment by `chassis.settings.load`."""

    database_url: SecretStr = Field(
        validation_alias="RECOMMENDER_DATABASE_URL",
        description="PostgreSQL database of recommender",
    )
    migration_database_url: SecretStr | None = Field(
        default=None,
        validation_alias="RECOMMENDER_MIGRATION_DATABASE_URL",
        description="The same database for `migrate`, as a member of its owner's role",
    )
    poll_api_url: Url = Field(
        validation_alias="POLL_API_URL", description="Where poll-api answers other services"
    )
    availability_url: Url = Field(
        validation_alias="AVAILABILITY_URL",
        description="Where availability answers other services",
    )
    poll_cache_bytes: int = Field(
        default=64 * 1024 * 1024,
        ge=0,
        validation_alias="RECOMMENDER_POLL_CACHE_BYTES",
        description="So much memory holds polls that are asked about and what is answered, at most",
    )
    index_cache_bytes: int = Field(
        default=128 * 1024 * 1024,
        ge=0,
        validation_alias="RECOMMENDER_INDEX_CACHE_BYTES",
        description="So much memory holds polls ready to be ranked, at most",
    )
    answer_cache_bytes: int = Field(
        default=32 * 1024 * 1024,
        ge=0,
        validation_alias="RECOMMENDER_ANSWER_CACHE_BYTES",
        description="So much memory holds answers ready to be sent, at most",
    )
    regret_people: int = Field(
        default=1,
        ge=1,
        validation_alias="RECOMMENDER_REGRET_PEOPLE",
        description="A decision is regretted once so many people more could come at another time",
    )
    stream_viewers: int = Field(
        default=2_000,
        ge=0,
        validation_alias="RECOMMENDER_STREAM_VIEWERS",
        description="So many may watch polls at once; each takes a file descriptor and some 60 kB",
    )
    stream_ping_seconds: float = Field(
        default=15,
        gt=0,
        validation_alias="RECOMMENDER_STREAM_PING_SECONDS",
        description="After so long without news a viewer gets a comment, so that no proxy gives up",
    )
