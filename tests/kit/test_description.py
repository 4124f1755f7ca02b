"""What an API of the kit says of itself is true: schemathesis reads its OpenAPI and attacks it by it."""

from typing import Any

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.kit.sample import Issuer, bearer, sample_api

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
]
ISSUER = Issuer()
REFUSALS = [400, 401, 403, 404, 405, 413, 414, 415, 422]
CONFIG = schemathesis.Config.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}}})
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", sample_api(ISSUER), config=CONFIG).exclude(path_regex="^/(broken|down)$")


@SCHEMA.parametrize()
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_described_operation_behaves_as_described(case: Any) -> None:
    name, value = bearer(ISSUER.token())
    case.call_and_validate(checks=CHECKS, headers={name.decode(): value.decode()})


def test_the_problem_is_described_once_and_the_docs_load_nothing_from_outside() -> None:
    document = sample_api(ISSUER).openapi()

    assert document["openapi"].startswith("3.1")
    assert set(document["components"]["schemas"]["Problem"]["required"]) == {"type", "title", "status", "detail", "code"}
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for operations in document["paths"].values():
        for operation in operations.values():
            refusal = operation["responses"]["4XX"]["content"]["application/problem+json"]
            assert refusal == {"schema": {"$ref": "#/components/schemas/Problem"}}
    assert sample_api(ISSUER).docs_url is None
