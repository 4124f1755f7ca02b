"""webhook_ack_p99_ms: how long a platform waits for its 200 while everything runs and works the deliveries off."""

from benchmarks.deliveries import crowd
from benchmarks.driving import drive
from benchmarks.load import Outcome, Plan
from benchmarks.results import Result, alone
from benchmarks.stage import Stage

RATE_PER_SECOND = 200
CONNECTIONS = 64
_FIRST_NUMBER = 3_000_000_000
_HOW = (
    "200 deliveries a second leave on time whatever comes back (open loop), to 20 channels of 20 workspaces, through the gateway's port; "
    "each time counts from when the delivery was due; all processes, relay and subscribers run and work the deliveries off"
)
_HOW_DIRECT = "the same deliveries to engagement's socket, as an ingress may send them"


async def measure_acknowledgement(stage: Stage, *, quick: bool) -> list[Result]:
    """Three runs through the gateway and three straight to engagement, alternating."""
    seconds = 5.0 if quick else 20.0
    through: list[Outcome] = []
    direct: list[Outcome] = []
    number = _FIRST_NUMBER
    for run in range(3):
        for outcomes, unix, port in ((through, None, stage.gateway_port), (direct, stage.engagement_socket, None)):
            plan = Plan(
                unix=unix,
                port=port,
                requests=crowd(stage.channels),
                first_number=number,
                connections=CONNECTIONS,
                seconds=seconds if outcomes is through else seconds / 2,
                rate_per_second=RATE_PER_SECOND,
            )
            outcomes.append(await drive(plan))
            number = outcomes[-1].next_number
            await stage.settle()
        print(
            f"  run {run + 1}: p50 {through[-1].p50_ms:.1f} ms, p99 {through[-1].p99_ms:.1f} ms; direct p99 {direct[-1].p99_ms:.1f} ms",
            flush=True,
        )
    return [
        alone("webhook_ack_p99_ms", runs=[each.p99_ms for each in through], unit="ms", how=_HOW),
        alone("webhook_ack_p50_ms", runs=[each.p50_ms for each in through], unit="ms", how=_HOW),
        alone("webhook_ack_direct_p99_ms", runs=[each.p99_ms for each in direct], unit="ms", how=_HOW_DIRECT),
    ]
