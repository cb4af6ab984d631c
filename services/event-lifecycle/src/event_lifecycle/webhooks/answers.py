"""Endpoints as answers: some of what is shown moves without the version, so the ETag has both."""

from fastapi import Request, Response

from chassis.conditional import etag
from event_lifecycle.showing import shown_as
from event_lifecycle.webhooks.bodies import Endpoint, NewEndpoint
from event_lifecycle.webhooks.signing import shown
from eventstore.sealing import Answer


def etag_of(endpoint: Endpoint) -> str:
    return etag(endpoint.version, endpoint.model_dump_json().encode())


def show_endpoint(request: Request, endpoint: Endpoint) -> Response:
    return shown_as(request, endpoint, tag=etag_of(endpoint))


def answer(endpoint: Endpoint) -> Answer:
    headers = {"ETag": etag_of(endpoint)}
    return Answer(200, endpoint.model_dump_json().encode(), headers)


def answer_with_secret(endpoint: Endpoint, secret: bytes, status: int, **headers: str) -> Answer:
    """The ETag is that of the endpoint as it will be read, without the secret."""
    document = NewEndpoint(**endpoint.model_dump(), secret=shown(secret))
    tagged = {"ETag": etag_of(endpoint), **headers}
    return Answer(status, document.model_dump_json().encode(), tagged)
