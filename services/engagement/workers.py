"""What runs beside the requests: which workers there are, what each is given, what is listened to. Composed by `main`, which starts them.

Nothing here answers a request.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from services.contracts.ids import WorkspaceId
from services.engagement.authorizations import Authorizations
from services.engagement.bulk import BulkWorker
from services.engagement.consent.links import PreferenceLinks
from services.engagement.erasing.composition import eraser_of
from services.engagement.files import Store
from services.engagement.inbound import InboundWorker
from services.engagement.intake import Intake
from services.engagement.network import PlatformNet
from services.engagement.notifications.composition import Notifying
from services.engagement.nudging import PURPOSE, Nudged
from services.engagement.presence import Presences
from services.engagement.reading import Reader
from services.engagement.receiving import Receiver
from services.engagement.reconciling import Reconciler
from services.engagement.registry import ChannelRegistry
from services.engagement.retaining import retainer_of
from services.engagement.satisfaction.composition import Satisfaction
from services.engagement.search.indexing import Indexer
from services.engagement.sending import Sender
from services.engagement.settings import EngagementSettings
from services.engagement.subscribers import subscriptions
from services.engagement.subscribing import Subscriber
from services.engagement.sweeping import Sweeper
from services.engagement.visitors.mailbox import Mailboxes
from services.engagement.visitors.waiting import Waiting
from services.kit import erasing
from services.kit.crypto import Vault
from services.kit.erasing import Eraser
from services.kit.foundation import Foundation
from services.kit.net import Net
from services.kit.retaining import Retainer
from services.kit.subscriptions import Subscription


@dataclass(frozen=True, slots=True)
class Workers:
    """What runs beside the requests."""

    registry: ChannelRegistry
    intake: Intake
    nudged: Nudged
    inbound: InboundWorker
    receiver: Receiver
    reconciler: Reconciler
    authorizations: Authorizations
    subscriber: Subscriber
    sender: Sender
    indexer: Indexer
    waiting: Waiting
    presences: Presences
    sweeper: Sweeper
    bulk: BulkWorker
    notifying: Notifying
    satisfaction: Satisfaction
    eraser: Eraser
    retainer: Retainer
    heard: tuple[Subscription, ...]

    def start(self, foundation: Foundation) -> None:
        """Run everything until the service drains."""
        foundation.background.start("channels", self.registry.run())
        foundation.background.start("intake", self.intake.run())
        foundation.background.start("inbound", self.inbound.run())
        foundation.background.start("receiver", self.receiver.run())
        foundation.background.start("reconciler", self.reconciler.run())
        foundation.background.start("subscriber", self.subscriber.run())
        foundation.background.start("sender", self.sender.run())
        foundation.background.start("visitors-news", self.waiting.follow(lambda: foundation.bus.listen(*Waiting.HEARD)))
        foundation.background.start("search", self.indexer.run())
        foundation.background.start("sweeper", self.sweeper.run())
        foundation.background.start("bulk", self.bulk.run())
        self.notifying.start(foundation)
        self.satisfaction.start(foundation)
        self.authorizations.start(foundation)
        foundation.background.start("erasing", self.eraser.run())
        foundation.background.start("retention", self.retainer.run())
        foundation.subscribe(self.heard)


def workers_of(settings: EngagementSettings, foundation: Foundation, *, intake: Intake, net: Net, vault: Vault, store: Store) -> Workers:
    """All of them, not yet running."""
    waiting = Waiting(clock=foundation.clock)
    mailboxes = Mailboxes(foundation.app, clock=foundation.clock, arrived=waiting.wake)
    registry = ChannelRegistry(foundation.worker, vault=vault, mailboxes=mailboxes.of)
    nudged = Nudged(key=settings.key_for(PURPOSE), pressed=intake.is_pressed)
    inbound = _inbound(settings, foundation, registry, pressed=nudged.is_pressed)
    sender = _sender(settings, foundation, registry, net=net, inbound=inbound, store=store)
    receiver = _receiver(settings, foundation, registry, intake=intake, net=net, inbound=inbound)
    notifying = Notifying.of(settings, foundation, net=net, vault=vault)
    published, told = foundation.published, notifying.told
    return Workers(
        registry,
        intake,
        nudged,
        inbound,
        receiver,
        Reconciler.of(foundation, registry, net=PlatformNet(net), wake=inbound.wake),
        Authorizations.of(settings, foundation, registry, net=net, vault=vault),
        _subscriber(settings, foundation, net=net, vault=vault),
        sender,
        Indexer(foundation.app, worker=foundation.worker, pressed=nudged.is_pressed, metrics=foundation.metrics),
        waiting,
        Presences(foundation.app, crier=foundation.bus, clock=foundation.clock, time=time.monotonic),
        Sweeper(foundation.app, worker=foundation.worker, published=foundation.published, clock=foundation.clock),
        BulkWorker(foundation.app, worker=foundation.worker, published=foundation.published, clock=foundation.clock),
        notifying,
        Satisfaction.of(settings, foundation, registry, queued=sender.wake),
        eraser_of(foundation, registry, vault=Vault(settings.key_for(erasing.PURPOSE)), reader=readers(settings)),
        retainer_of(foundation),
        subscriptions(settings, foundation.app, clock=foundation.clock, published=published, told=told),
    )


def _sender(
    settings: EngagementSettings, foundation: Foundation, registry: ChannelRegistry, *, net: Net, inbound: InboundWorker, store: Store
) -> Sender:
    return Sender(
        registry,
        foundation.app,
        worker=foundation.worker,
        net=PlatformNet(net),
        links=PreferenceLinks.of(settings),
        files=store.handing(foundation).of,
        published=foundation.published,
        unparked=lambda channel: inbound.wake(channel.id),
        clock=foundation.clock,
        timeout_seconds=settings.send_timeout_seconds,
        metrics=foundation.metrics,
    )


def _receiver(
    settings: EngagementSettings, foundation: Foundation, registry: ChannelRegistry, *, intake: Intake, net: Net, inbound: InboundWorker
) -> Receiver:
    return Receiver(
        registry,
        app=foundation.app,
        worker=foundation.worker,
        intake=intake,
        net=PlatformNet(net),
        wake=inbound.wake,
        limit=settings.listeners_limit,
        longest_rest_seconds=settings.listeners_longest_rest_seconds,
        clock=foundation.clock,
        metrics=foundation.metrics,
    )


def _subscriber(settings: EngagementSettings, foundation: Foundation, *, net: Net, vault: Vault) -> Subscriber:
    way, public_url = PlatformNet(net), settings.public_url
    return Subscriber(foundation.app, worker=foundation.worker, net=way, vault=vault, public_url=public_url, clock=foundation.clock)


def _inbound(
    settings: EngagementSettings, foundation: Foundation, registry: ChannelRegistry, *, pressed: Callable[[], bool]
) -> InboundWorker:
    return InboundWorker(
        registry,
        foundation.app,
        worker=foundation.worker,
        deployment_key=settings.deployment_key(),
        historic_after=timedelta(hours=settings.historic_after_hours),
        kept=timedelta(days=settings.journal_retention_days),
        published=foundation.published,
        pressed=pressed,
        clock=foundation.clock,
        metrics=foundation.metrics,
    )


def readers(settings: EngagementSettings) -> Callable[[WorkspaceId], Reader]:
    """How the items of a workspace are read."""
    key, historic_after = settings.deployment_key(), timedelta(hours=settings.historic_after_hours)
    return lambda workspace: Reader(workspace, key, historic_after)
