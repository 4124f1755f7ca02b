"""What identity hears: every interaction shows people, and those become profiles and contacts (W1).

`main` runs the subscription. The handler is idempotent by natural keys, so that no processed ids need keeping, and does
not depend on order.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from services.contracts.events import InteractionCompleted, InteractionReceived
from services.contracts.ids import WorkspaceId
from services.identity.consent.hearing import candidates, hear
from services.identity.erasure.collecting import Acknowledgements, Exported
from services.identity.erasure.exporting import PersonExports
from services.identity.facts.relations import keep_relations, relations_of
from services.identity.partners.telling import PartnersTold
from services.identity.profiles import learn_profiles
from services.identity.retention.activity import ActivitySeen
from services.identity.retention.reports import Reports
from services.identity.sightings import Sighting, fold, people_of
from services.kit.bus import Received
from services.kit.clock import Clock
from services.kit.db import Database
from services.kit.erasing import erased_among
from services.kit.subscriptions import Subscription


class PeopleSeen:
    """Learns the people of interactions; `wake` tells the relay that events were committed."""

    def __init__(self, database: Database, *, deployment_key: bytes, clock: Clock, wake: Callable[[], None]) -> None:
        self._database = database
        self._deployment_key = deployment_key
        self._clock = clock
        self._wake = wake

    def subscription(self) -> Subscription:
        """Durable `identity-profiles`: all interactions, of all workspaces, a batch of one workspace at a time."""
        return Subscription(durable="identity-profiles", service="engagement", events=(InteractionReceived,), handler=self.learn)

    def later(self) -> Subscription:
        """Durable `identity-profiles-later`: who somebody is, where the platform told that only when it was asked."""
        return Subscription(durable="identity-profiles-later", service="engagement", events=(InteractionCompleted,), handler=self.learn)

    async def learn(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """One transaction for the batch; a second run changes nothing."""
        told = [received.event for received in batch if isinstance(received.event, InteractionReceived | InteractionCompleted)]
        seen = [sighting for each in told for sighting in people_of(each)]
        known = fold(seen, workspace=workspace, deployment_key=self._deployment_key)
        async with self._database.transaction(workspace) as connection:
            erased = await erased_among(connection, workspace, [each.id for each in known])
            if erased:
                rest = _since(erased, seen, workspace=workspace, deployment_key=self._deployment_key)
                known = fold(rest, workspace=workspace, deployment_key=self._deployment_key)
            events = await learn_profiles(connection, workspace=workspace, known=known, now=self._clock.now())
            relations = relations_of(told, workspace=workspace, deployment_key=self._deployment_key, erased=erased)
            await keep_relations(connection, workspace, relations)
        if events:
            self._wake()


class ConsentHeard:
    """Hears who says STOP, or START; `wake` tells the relay that events were committed."""

    def __init__(self, database: Database, *, clock: Clock, wake: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._wake = wake

    def subscription(self) -> Subscription:
        """Durable `identity-consent`: all that people write, and what of it was told only later."""
        return Subscription(
            durable="identity-consent", service="engagement", events=(InteractionReceived, InteractionCompleted), handler=self.hear
        )

    async def hear(self, workspace: WorkspaceId, batch: Sequence[Received]) -> None:
        """One transaction for what may be keywords, none where nothing is; a second run changes nothing."""
        found = candidates(received.event for received in batch)
        if not found:
            return
        async with self._database.transaction(workspace) as connection:
            erased = await erased_among(connection, workspace, [each.profile_id for each in found])
            said = [each for each in found if each.profile_id not in erased or each.event.occurred_at > erased[each.profile_id]]
            events = await hear(connection, workspace, said, now=self._clock.now())
        if events:
            self._wake()


def subscriptions(
    database: Database,
    *,
    deployment_key: bytes,
    clock: Clock,
    wake: Callable[[], None],
    deliver: Callable[[WorkspaceId], None],
    exports: PersonExports,
) -> tuple[Subscription, ...]:
    """All that identity hears: `main` runs them, and whoever redrives dead letters hands those to them."""
    people = PeopleSeen(database, deployment_key=deployment_key, clock=clock, wake=wake)
    return (
        people.subscription(),
        people.later(),
        ConsentHeard(database, clock=clock, wake=wake).subscription(),
        ActivitySeen(database, clock=clock).subscription(),
        *Reports(database).subscriptions(),
        *Acknowledgements(database, clock=clock, wake=wake).subscriptions(),
        *Exported(database, exports).subscriptions(),
        *PartnersTold(database, clock=clock, wake=deliver).subscriptions(),
    )


def _since(erased: Mapping[UUID, datetime], seen: Sequence[Sighting], *, workspace: WorkspaceId, deployment_key: bytes) -> list[Sighting]:
    """Sightings but those of people who were erased since; who is seen again after that begins anew."""
    whose = [(fold([each], workspace=workspace, deployment_key=deployment_key)[0].id, each) for each in seen]
    return [each for profile, each in whose if profile not in erased or each.at > erased[profile]]
