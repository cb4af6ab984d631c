"""What the service can be told from outside."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, model_validator

from chassis.bodies import Duration
from chassis.settings import ServiceSettings, Url
from contracts.lifecycle import Completion
from event_lifecycle.webhooks.addresses import TargetRules, check_url
from event_lifecycle.webhooks.retry import JITTER

RETRY_SCHEDULE = (
    timedelta(seconds=5),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
_A_DAY = timedelta(days=1)


def _at_least_a_day(keep: timedelta) -> timedelta:
    if keep < _A_DAY:
        raise ValueError("must be at least P1D")
    return keep


class Settings(ServiceSettings):
    database_url: SecretStr = Field(
        validation_alias="EVENT_LIFECYCLE_DATABASE_URL",
        description="The service's own PostgreSQL database",
    )
    migration_database_url: SecretStr | None = Field(
        default=None,
        validation_alias="EVENT_LIFECYCLE_MIGRATION_DATABASE_URL",
        description="The same database for `migrate`, as a member of its owner's role",
    )
    poll_api_url: Url = Field(description="Where poll-api answers other services")
    availability_url: Url = Field(description="Where availability answers other services")
    admin_token: SecretStr = Field(
        min_length=16,
        validation_alias="COMMONTIME_ADMIN_TOKEN",
        description="Opens everything about events and webhooks",
    )
    encryption_key: SecretStr = Field(
        min_length=32,
        validation_alias="COMMONTIME_ENCRYPTION_KEY",
        description="Encrypts the secrets of webhook endpoints; lost with it, they are lost",
    )
    event_access: Literal["open", "accounts"] = Field(
        default="open",
        description="Who may create and see events that came from no poll: everyone who reaches "
        "the instance, or those it knows",
    )
    event_completion: Literal["after_creation", "at_end", "manual"] = Field(
        default="after_creation", description="How an event completes that says nothing about it"
    )
    event_completion_delay: Duration = Field(
        default=timedelta(seconds=10), description="How long after its creation, where it is so"
    )
    poll_event_completion: Literal["after_creation", "at_end", "manual"] = Field(
        default="at_end", description="How an event completes that came out of a poll"
    )
    event_stream_viewers: int = Field(
        default=2_000,
        ge=0,
        le=100_000,
        description="So many may watch events at once; each takes a file descriptor and some 60 kB",
    )
    event_stream_ping_seconds: float = Field(
        default=15,
        gt=0,
        le=3600,
        description="After so long without news a viewer gets a comment, so that no proxy gives up",
    )
    notify_url: str | None = Field(
        default=None,
        description="A partner who gets the title and date of every created event as plain JSON",
    )
    webhook_allow_http: bool = Field(
        default=False, description="Also http:// targets; for development"
    )
    webhook_allow_private: bool = Field(
        default=False, description="Also loopback and private targets; for development"
    )
    webhook_retry_schedule: Annotated[tuple[Duration, ...], Field(min_length=1)] = Field(
        default=RETRY_SCHEDULE, description="The pauses between attempts, as a JSON list"
    )
    webhook_timeout: Duration = Field(
        default=timedelta(seconds=15),
        gt=timedelta(),
        le=timedelta(seconds=30),
        description="How long one attempt may take, 30 s at most",
    )
    webhook_disable_after: Duration = Field(
        default=timedelta(days=5),
        gt=timedelta(),
        description="How long an endpoint may fail without one success before it is disabled",
    )
    webhook_rate: int = Field(
        default=50,
        ge=1,
        le=10_000,
        description="Attempts at one endpoint in a second, at most, by each replica; an endpoint "
        "may ask for less",
    )
    webhook_in_flight: int = Field(
        default=10,
        ge=1,
        le=200,
        description="Attempts at one endpoint at the same time, at most, by each replica",
    )
    webhook_endpoints: int = Field(
        default=1_000,
        ge=0,
        le=100_000,
        description="So many endpoints the instance itself may have",
    )
    webhook_endpoints_per_poll: int = Field(
        default=20, ge=0, le=1_000, description="So many endpoints a poll may have"
    )
    webhook_endpoints_per_account: int = Field(
        default=20, ge=0, le=1_000, description="So many endpoints an account may have"
    )
    webhook_keep: Annotated[Duration, AfterValidator(_at_least_a_day)] = Field(
        default=timedelta(days=30),
        description="How long messages, deliveries and attempts stay in the log; at least P1D, and "
        "longer than all pauses of WEBHOOK_RETRY_SCHEDULE together",
    )

    @property
    def completion_of_polls(self) -> Completion:
        return Completion(mode=self.poll_event_completion, delay=self.event_completion_delay)

    @property
    def completion_of_others(self) -> Completion:
        return Completion(mode=self.event_completion, delay=self.event_completion_delay)

    @property
    def webhook_targets(self) -> TargetRules:
        return TargetRules(self.webhook_allow_http, self.webhook_allow_private)

    @model_validator(mode="after")
    def _retries_end_before_the_log_does(self) -> Self:
        longest = sum(self.webhook_retry_schedule, timedelta()) * (1 + JITTER)
        if longest > self.webhook_keep:
            raise ValueError(
                "WEBHOOK_RETRY_SCHEDULE goes on for longer than WEBHOOK_KEEP keeps what is sent"
            )
        return self

    @model_validator(mode="after")
    def _notify_url_is_allowed(self) -> Self:
        if self.notify_url is not None:
            try:
                check_url(self.notify_url, self.webhook_targets)
            except ValueError as error:
                raise ValueError(f"NOTIFY_URL is not acceptable: {error}") from error
        return self
