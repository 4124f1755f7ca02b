"""Why an account is not connected by signing in. Raised here, rendered at the edges.

ProblemError (kit)
├── NotAuthorizableError 422        the platform is connected by credentials given by hand
├── RegistrationMissingError 422    nobody registered us there; says where to put what
├── RegistrationMalformedError 422  other values than a registration there has
├── AuthorizationRefusedError 422   the platform, or the person, said no; carries the reason
├── ReturnRefusedError 422          the person shall not be sent to that page afterwards
├── StateRefusedError 400           the callback's state is none of ours
├── CodeRefusedError 422            the code is not what the browser was shown that came back
├── AuthorizationNotFoundError 404
├── AuthorizationOverError 409      used already, or too late
├── OtherAccountError 409           the channel is of another account than was signed in to
└── AccountNotGrantedError 422      chosen is what was not granted
"""

from services.kit.errors import BadRequestError, ConflictError, MalformedError, NotFoundError


class NotAuthorizableError(MalformedError):
    """The connector has no sign-in: POST /v1/channels takes its credentials."""

    code = "not_authorizable"
    title = "This platform is not connected by signing in"


class RegistrationMissingError(MalformedError):
    """We are not registered at the platform's house; `missing` names the values, `settings` the environment's names for them."""

    code = "registration_missing"
    title = "Register at the platform first"


class RegistrationMalformedError(MalformedError):
    """No platform's house has this name, or its registration consists of other values."""

    code = "registration_malformed"
    title = "This is no registration of that platform"


class AuthorizationRefusedError(MalformedError):
    """The platform or the person said no; `reason` is in its words."""

    code = "authorization_refused"
    title = "The platform did not let us in"


class ReturnRefusedError(MalformedError):
    """Only pages of ours may be gone back to; `origins` are theirs."""

    code = "return_refused"
    title = "Nobody is sent back to this page"


class StateRefusedError(BadRequestError):
    """The state is none that we made: begin again, from the product."""

    code = "state_refused"
    title = "This address belongs to no sign-in of ours"


class CodeRefusedError(MalformedError):
    """The page that the person came back to shows the code; without it nothing is connected."""

    code = "code_refused"
    title = "That is not the code that the person was shown"


class AuthorizationNotFoundError(NotFoundError):
    """No such authorization that this caller began."""

    code = "authorization_not_found"
    title = "There is no such authorization"


class AuthorizationOverError(ConflictError):
    """Its state was used already, or it took too long: begin again."""

    code = "authorization_over"
    title = "This sign-in was used already, or took too long; begin again"


class OtherAccountError(ConflictError):
    """The channel keeps its account: sign in as that one, or connect the other as a channel of its own."""

    code = "other_account"
    title = "That is another account than the channel's"


class AccountNotGrantedError(MalformedError):
    """Only accounts that the platform granted can be chosen; `granted` lists them."""

    code = "account_not_granted"
    title = "This account was not granted"
