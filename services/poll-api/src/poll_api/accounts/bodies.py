"""What is sent and answered about accounts and sessions."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints
from pydantic_core import PydanticCustomError

from chassis.bodies import Instant, Name, StrictBody
from poll_api.accounts import examples
from poll_api.accounts.passwords import LONGEST


def _email(text: str) -> str:
    """The address as it is kept: the part before the @ as written, the domain in lower case."""
    try:
        # Whether it takes mail only sending one would tell.
        found = validate_email(text, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        raise PydanticCustomError("not_an_email", "must be an e-mail address") from None
    return found.normalized


Email = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=3, max_length=254),
    AfterValidator(_email),
    Field(json_schema_extra={"format": "email"}),
]
Password = Annotated[SecretStr, Field(min_length=1, max_length=LONGEST)]
MailedToken = Annotated[SecretStr, Field(min_length=1, max_length=256)]


class Registration(StrictBody):
    """A password has at least as many characters as the instance says, and is no common one."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.REGISTRATION]})

    email: Email
    password: Password


class AccountPatch(StrictBody):
    """What is absent stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.ACCOUNT_PATCH]})

    email: Email | None = None
    password: Password | None = None
    current_password: Password


class Deletion(StrictBody):
    """An account that lives with an OpenID provider has no password, and sends `{}`."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.DELETION]})

    current_password: Password | None = None


class SignIn(StrictBody):
    """Whoever has registered here."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.SIGN_IN]})

    email: Email
    password: Password


class NewToken(StrictBody):
    """Without `expires_at` the token is good until it is deleted."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.NEW_TOKEN]})

    name: Name
    expires_at: Instant | None = None


class Reset(StrictBody):
    """Whose password was forgotten."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.RESET]})

    email: Email


class Redemption(StrictBody):
    """The token out of the mail, and the password to be."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.REDEMPTION]})

    token: MailedToken
    password: Password


class AccountAnswer(BaseModel):
    """`email` is null where the account lives with an OpenID provider."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.ACCOUNT]})

    id: UUID
    email: str | None
    created_at: datetime
    version: int


class SignedIn(BaseModel):
    """`expires_in` is in seconds."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.SIGNED_IN]})

    access_token: str
    token_type: str = "Bearer"  # noqa: S105  # its kind
    expires_in: int


class TokenAnswer(BaseModel):
    """A personal token, without the token."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.TOKEN]})

    id: UUID
    name: str
    created_at: datetime
    last_used_at: datetime | None
    expires_at: datetime | None


class MadeToken(TokenAnswer):
    """`token` is shown this once."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.MADE_TOKEN]})

    token: str


class TokenPage(BaseModel):
    """All of them: there are at most 50."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.TOKENS]})

    items: list[TokenAnswer]
    next: str | None = None
