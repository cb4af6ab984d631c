"""What poll-api needs to know from its environment."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from chassis.settings import ServiceSettings, Url

SHORTEST_SECRET = 32


def _long_enough(secrets: SecretStr) -> SecretStr:
    each = secrets.get_secret_value().split()
    if not each or min(map(len, each)) < SHORTEST_SECRET:
        raise ValueError(f"must be secrets of at least {SHORTEST_SECRET} characters each")
    return secrets


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
    signing_key: Annotated[SecretStr, AfterValidator(_long_enough)] = Field(
        validation_alias="COMMONTIME_SIGNING_KEY",
        description="Signs access tokens: a secret of at least 32 characters. While it is being "
        "changed more than one, with white space between: the first signs, all are good",
    )
