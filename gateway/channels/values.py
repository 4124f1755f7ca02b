"""Credentials and settings as they are given. Called by the mutations of this package; keeps and logs nothing."""

from collections.abc import Sequence

import strawberry

from gateway.errors import MalformedInputError, ServiceProblemError
from gateway.problems import Problem, problem_of


@strawberry.input(description="A credential or setting by its name; `connectors` says which a platform asks for.")
class ChannelValue:
    """One pair."""

    name: str = strawberry.field(description="As ConnectorField.name.")
    value: str = strawberry.field(description="At most 8,000 characters.")


@strawberry.type(description="Nothing was changed: a credential or setting is missing, or unknown to the platform. The message says which.")
class ValuesMissing(Problem):
    """422 credentials_missing."""

    missing: list[str] = strawberry.field(description="The names of what is missing; empty where something is unknown; at most 40.")


@strawberry.type(description="Nothing was changed: the platform does not take these credentials; the message says why, in its words.")
class CredentialsRefused(Problem):
    """422 credentials_refused."""


@strawberry.type(description="Nothing was changed: the platform could not be asked whether they work. Try again, or go on without `check`.")
class PlatformUnreachable(Problem):
    """422 platform_unreachable."""


@strawberry.type(description="Nothing was begun: nobody registered us at the platform yet. The message says where to put what.")
class RegistrationMissing(Problem):
    """422 registration_missing."""


@strawberry.type(description="Nothing was begun: the platform said no; the message says why, in its words.")
class AuthorizationRefused(Problem):
    """422 authorization_refused."""


def values_of(given: Sequence[ChannelValue]) -> dict[str, str]:
    """The pairs by name. Raises MalformedInputError where a name is given twice."""
    values = {each.name: each.value for each in given}
    if len(values) != len(given):
        message = "Give each credential and setting once."
        raise MalformedInputError(message)
    return values


_BY_CODE = {
    "credentials_refused": CredentialsRefused,
    "platform_unreachable": PlatformUnreachable,
    "registration_missing": RegistrationMissing,
    "authorization_refused": AuthorizationRefused,
}


def explained(error: ServiceProblemError) -> Problem:
    """The typed error for what engagement says about a channel."""
    if error.problem_code in _BY_CODE:
        return _BY_CODE[error.problem_code](code=error.shown_code(), message=error.message)
    if error.problem_code != "credentials_missing":
        return problem_of(error)
    listed = error.extensions.get("missing")
    names = [str(each["name"]) for each in listed if isinstance(each, dict) and "name" in each] if isinstance(listed, list) else []
    return ValuesMissing(code="CREDENTIALS_MISSING", message=error.message, missing=names)
