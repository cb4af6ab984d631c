"""The API describes itself as OpenAPI 3.1, judged by somebody else's validator."""

from openapi_spec_validator import validate

from chassis.settings import placeholder
from event_lifecycle.main import create_app
from event_lifecycle.settings import Settings


def test_the_description_is_valid_and_every_operation_is_named() -> None:
    document = create_app(placeholder(Settings)).openapi()
    validate(document)
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    assert all(operation["summary"] for operation in operations)
    assert {operation["operationId"] for operation in operations} >= {
        "create_event",
        "complete_event",
        "create_endpoint",
    }
