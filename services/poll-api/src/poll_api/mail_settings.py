"""How poll-api sends mail, if at all."""

from typing import Annotated, Self
from urllib.parse import urlsplit

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field, SecretStr, model_validator

from chassis.environment import EnvironmentSettings


def _smtp_url(url: SecretStr) -> SecretStr:
    parts = urlsplit(url.get_secret_value())
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError("must be like smtps://user:password@mail.example.org:465")
    if parts.port == 0:
        raise ValueError("must name a port from 1 to 65535")
    return url


def _address(address: str) -> str:
    try:
        validate_email(address, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError as error:
        raise ValueError("must be an e-mail address") from error
    return address


class MailSettings(EnvironmentSettings):
    """Without `SMTP_URL` no mail is sent: only the administrator helps with forgotten passwords."""

    smtp_url: Annotated[SecretStr, AfterValidator(_smtp_url)] | None = Field(
        default=None,
        description="The server that takes mail, as `smtps://user:password@host:465`, or `smtp://` "
        "for one that changes over to TLS (STARTTLS), which only this machine's need not",
    )
    smtp_from: Annotated[str, AfterValidator(_address)] | None = Field(
        default=None, description="The address that mail comes from; needed with SMTP_URL"
    )

    @model_validator(mode="after")
    def _with_a_sender(self) -> Self:
        if self.smtp_url is not None and self.smtp_from is None:
            raise ValueError("SMTP_URL needs SMTP_FROM")
        return self
