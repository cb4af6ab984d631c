"""How a poll gets new links and other hands: the bodies."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, StringConstraints

from chassis.bodies import StrictBody
from poll_api import examples

Which = Literal["organiser", "answer"]
Capability = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,200}$")]


class RotateBody(StrictBody):
    model_config = ConfigDict(json_schema_extra={"examples": [examples.ROTATE]})

    which: Which


class ClaimBody(StrictBody):
    """The organiser's capability, beside the account's access token in the header."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.CLAIM]})

    organiser: Capability


class TransferBody(StrictBody):
    model_config = ConfigDict(json_schema_extra={"examples": [examples.TRANSFER]})

    account_id: UUID
