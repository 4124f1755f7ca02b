"""Typed calls to the three services over the port. Called by loaders (reads) and mutations (commands); resolvers never call it.

One `Clients` per request: it carries the caller's token and the request's id. Answers are decoded into contracts.views;
whatever is not 2xx becomes a GatewayError.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.clients.channels import ChannelClient
from gateway.clients.companies import CompanyClient
from gateway.clients.composing import ComposingClient
from gateway.clients.consent import ConsentClient
from gateway.clients.engagement import EngagementClient
from gateway.clients.erasures import ErasureClient
from gateway.clients.facts import FactClient
from gateway.clients.handling import HandlingClient
from gateway.clients.identity import IdentityClient
from gateway.clients.importing import ImportingClient
from gateway.clients.keys import KeyClient
from gateway.clients.members import MemberClient
from gateway.clients.merging import MergingClient
from gateway.clients.notifying import NotifyingClient
from gateway.clients.operating import OperatingClient
from gateway.clients.partners import PartnerClient
from gateway.clients.people import PeopleClient
from gateway.clients.rating import RatingClient
from gateway.clients.reporting import ReportingClient
from gateway.clients.routing import RoutingClient
from gateway.clients.service import Service
from services.kit.port import Port


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The ways to the three services; shared by all requests.

    `visitors` is one more to engagement, for the widgets that wait there: they must not take the connections that members need.
    """

    identity: Port
    engagement: Port
    routing: Port
    visitors: Port | None = None

    async def close(self) -> None:
        """Give every connection back."""
        for port in (self.identity, self.engagement, self.routing, self.visitors):
            if port is not None:
                await port.close()


class Clients:
    """The three services, as one request may use them."""

    def __init__(self, ports: Ports, *, headers: Sequence[tuple[str, str]]) -> None:
        identity = Service("identity", ports.identity, headers)
        engagement = Service("engagement", ports.engagement, headers)
        routing = Service("routing", ports.routing, headers)
        self.identity = IdentityClient(identity)
        self.importing = ImportingClient(identity)
        self.keys = KeyClient(identity)
        self.facts = FactClient(identity)
        self.consent = ConsentClient(identity)
        self.companies = CompanyClient(identity)
        self.people = PeopleClient(identity)
        self.partners = PartnerClient(identity)
        self.merging = MergingClient(identity)
        self.erasures = ErasureClient(identity, engagement=engagement, routing=routing)
        self.members = MemberClient(identity)
        self.engagement = EngagementClient(engagement)
        self.composing = ComposingClient(engagement)
        self.handling = HandlingClient(engagement)
        self.routing = RoutingClient(routing)
        self.notifying = NotifyingClient(engagement)
        self.rating = RatingClient(engagement)
        self.reporting = ReportingClient(engagement)
        self.channels = ChannelClient(engagement)
        self.operating = {each.name: OperatingClient(each) for each in (identity, engagement, routing)}
