"""The sweep of a service's own stream: messages that name the subject are taken out, one by one. Called by the eraser.

What others said that only names it goes once every consumer has had it; until then the sweep says that it waits.
"""

from collections.abc import Sequence
from datetime import datetime

import orjson
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, ConsumerInfo, DeliverPolicy
from nats.js.errors import NotFoundError

from services.contracts.envelope import stream_of
from services.contracts.ids import WorkspaceId
from services.kit.bus import Bus, BusUnavailableError
from services.kit.erasing.judging import SPARED, judge
from services.kit.erasing.subject import Subject

BATCH = 200
FETCH_SECONDS = 5.0
FORGOTTEN_SECONDS = 60.0


async def sweep_stream(bus: Bus, service: str, workspace: WorkspaceId, subject: Subject, *, until: datetime) -> tuple[int, bool]:
    """How many messages went, and whether some wait for a consumer. Raises BusUnavailableError."""
    try:
        named = await _named(bus.jetstream, service, workspace, subject, until=until)
        consumers = await bus.jetstream.consumers_info(stream_of(service)) if named else []
        gone, waits = 0, False
        for sequence, address, own in named:
            if own or not _is_awaited(consumers, address, sequence=sequence):
                gone += await _take_out(bus.jetstream, service, sequence)
            else:
                waits = True
    except (NatsError, OSError, TimeoutError) as error:
        raise BusUnavailableError(type(error).__name__) from error
    return gone, waits


async def _take_out(jetstream: JetStreamContext, service: str, sequence: int) -> bool:
    try:
        return await jetstream.delete_msg(stream_of(service), sequence)
    except NotFoundError:
        return False


async def _named(
    jetstream: JetStreamContext, service: str, workspace: WorkspaceId, subject: Subject, *, until: datetime
) -> list[tuple[int, str, bool]]:
    """Sequence and subject of each message of the workspace that names it, and whether it is its own."""
    needles = [each.encode() for each in subject.needles()]
    config = ConsumerConfig(ack_policy=AckPolicy.NONE, deliver_policy=DeliverPolicy.ALL, inactive_threshold=FORGOTTEN_SECONDS)
    address = f"rapport.{service}.*.*.*.{workspace}"
    try:
        pull = await jetstream.pull_subscribe(address, stream=stream_of(service), config=config)
    except NotFoundError:
        return []
    found: list[tuple[int, str, bool]] = []
    try:
        pending = (await pull.consumer_info()).num_pending or 0
        while pending:
            messages = await pull.fetch(min(BATCH, pending), timeout=FETCH_SECONDS)
            found += _those_that_name(messages, needles, subject, until=until)
            pending = messages[-1].metadata.num_pending
    finally:
        await pull.unsubscribe()
    return found


def _those_that_name(
    messages: Sequence[Msg], needles: Sequence[bytes], subject: Subject, *, until: datetime
) -> list[tuple[int, str, bool]]:
    found = []
    for message in messages:
        if SPARED not in message.subject and any(needle in message.data for needle in needles):
            wire = orjson.loads(message.data)
            verdict = judge(wire["data"], subject=subject, said_at=datetime.fromisoformat(wire["time"]), until=until)
            if verdict.own or verdict.data is not None:
                found.append((message.metadata.sequence.stream, message.subject, verdict.own))
    return found


def _is_awaited(consumers: Sequence[ConsumerInfo], address: str, *, sequence: int) -> bool:
    """Whether a consumer of such events may not have had this one."""
    kind = address.rpartition(".")[0]
    for each in consumers:
        wanted = [name.rpartition(".")[0] for name in (each.config.filter_subjects or [each.config.filter_subject or ""])]
        behind = each.ack_floor is None or each.ack_floor.stream_seq < sequence
        if each.config.durable_name and kind in wanted and behind and (each.num_pending or each.num_ack_pending):
            return True
    return False
