"""What poll-api needs to know from its environment."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from chassis.rate_limits import RateLimit
from chassis.settings import ServiceSettings, Url
from poll_api.mail_settings import MailSettings

SHORTEST_SECRET = 32


def _long_enough(secrets: SecretStr) -> SecretStr:
    each = secrets.get_secret_value().split()
    if not each or min(map(len, each)) < SHORTEST_SECRET:
        raise ValueError(f"must be secrets of at least {SHORTEST_SECRET} characters each")
    return secrets


class Settings(MailSettings, ServiceSettings):
    database_url: SecretStr = Field(
        validation_alias="POLL_API_DATABASE_URL",
        description="The service's own PostgreSQL database",
    )
    migration_database_url: SecretStr | None = Field(
        default=None,
        validation_alias="POLL_API_MIGRATION_DATABASE_URL",
        description="The same database for `migrate`, as a member of its owner's role",
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
    poll_retention_days: int = Field(
        default=90,
        ge=0,
        le=36_500,
        description="So many days after the end of its window a poll is erased; 0: never. An "
        "installation that is new, or new to this, erases nothing on its first day",
    )
    password_min_length: int = Field(
        default=10, ge=8, le=64, description="So many characters a new password has at least"
    )
    session_days: int = Field(
        default=30, ge=1, le=365, description="After so many days unused a session is over"
    )
    sign_in_limit_per_address: RateLimit = Field(
        default="30/m burst 60",
        description="Passwords and tokens of mails tried from one address at one replica; written "
        "like RATE_LIMIT_PER_ADDRESS",
    )
    sign_in_limit_per_account: RateLimit = Field(
        default="2/m burst 10", description="Passwords tried at one account"
    )
    registration_limit_per_address: RateLimit = Field(
        default="60/h burst 60", description="Accounts that one address may register"
    )
    password_reset_limit_per_address: RateLimit = Field(
        default="30/h burst 10", description="Mails about passwords that one address may ask for"
    )
    password_reset_limit_per_account: RateLimit = Field(
        default="3/h", description="Mails about passwords that are sent to one account"
    )
