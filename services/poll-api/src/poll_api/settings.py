"""What poll-api needs to know from its environment."""

from pydantic import Field, SecretStr

from chassis.settings import ServiceSettings, Url


class Settings(ServiceSettings):
    database_url: SecretStr = Field(
        validation_alias="POLL_API_DATABASE_URL",
        description="The service's own PostgreSQL database",
    )
    availability_url: Url = Field(
        validation_alias="AVAILABILITY_URL",
        description="Where availability answers; asked for edit links that have not arrived yet",
    )
    recommender_url: Url = Field(
        validation_alias="RECOMMENDER_URL",
        description="Where recommender answers; asked for recommendations that were missed",
    )
