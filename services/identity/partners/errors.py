"""What partner webhooks refuse. Raised next to the rule; rendered at the edge.

NotFoundError:  EndpointNotFoundError
ConflictError:  EndpointChangedError, TooManyEndpointsError
MalformedError: EndpointUrlError, EventTypesError
"""

from services.kit.errors import ConflictError, MalformedError, NotFoundError


class EndpointNotFoundError(NotFoundError):
    """No such endpoint in the caller's workspace."""

    code = "webhook_endpoint_not_found"
    title = "There is no such webhook endpoint"


class EndpointChangedError(ConflictError):
    """Somebody changed it since the version given; read it again."""

    code = "webhook_endpoint_changed"
    title = "The webhook endpoint was changed meanwhile; read it again"


class TooManyEndpointsError(ConflictError):
    """A workspace has as many as it may."""

    code = "too_many_webhook_endpoints"
    title = "This workspace has as many webhook endpoints as it may; delete one first"


class EndpointUrlError(MalformedError):
    """Not an address that may be called."""

    code = "webhook_url"
    title = "The address must be https:// with a host name, without a user and a fragment"


class EventTypesError(MalformedError):
    """Types that are not told, or none; `known` lists those that are."""

    code = "event_types"
    title = 'Name event types that are told to partners, as the list of event types has them, or "*" for all'
