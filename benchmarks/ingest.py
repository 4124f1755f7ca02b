"""ingest_vs_pgbench: webhooks answered (which is: committed) a second at the public port, beside pgbench inserting the same rows."""

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from uuid import uuid4

from benchmarks import pgbench
from benchmarks.deliveries import NUMBER, crowd, update
from benchmarks.driving import drive
from benchmarks.load import Plan
from benchmarks.results import Result, alone, compared
from benchmarks.stage import WORKSPACES, Stage

CONNECTIONS = 16
_NUMBERS_A_RUN = 10_000_000
_HOW = (
    "20 workspaces with a channel each, secret token checked, row-level security on, fsync on, all processes running and working the "
    "deliveries off; 16 kept connections to the public port, new update each time / pgbench, 16 clients, prepared, the two inserts "
    "in one statement, one statement per transaction, as the same role"
)
_HOW_DIRECT = "the same deliveries at engagement's own socket, where an ingress may bring them"


async def measure_ingest(stage: Stage, *, quick: bool) -> list[Result]:
    """Alternating runs: ours, ours at engagement's socket, pgbench."""
    runs, seconds = (3, 2.0) if quick else (5, 4.0)
    numbers = count(1_000_000_000, _NUMBERS_A_RUN)
    ours: list[float] = []
    direct: list[float] = []
    theirs: list[float] = []
    for run in range(runs):
        common = Plan(requests=crowd(stage.channels), connections=CONNECTIONS, seconds=seconds)
        ours.append(await _per_second(stage, replace(common, port=stage.gateway_port, first_number=next(numbers))))
        direct.append(await _per_second(stage, replace(common, unix=stage.engagement_socket, first_number=next(numbers))))
        theirs.append(await _pgbench(stage, seconds=seconds))
        print(f"  run {run + 1}: {ours[-1]:.0f}/s, at engagement {direct[-1]:.0f}/s, pgbench {theirs[-1]:.0f}/s", flush=True)
    return [
        compared("ingest_vs_pgbench", ours=ours, theirs=theirs, unit="deliveries per second", how=_HOW),
        alone("ingest_at_engagement_per_second", runs=direct, unit="deliveries per second", how=_HOW_DIRECT),
    ]


async def _per_second(stage: Stage, plan: Plan) -> float:
    outcome = await drive(plan)
    await _clear(stage)
    return outcome.per_second


async def _pgbench(stage: Stage, *, seconds: float) -> float:
    """Rows of workspaces that nobody reads, so that no worker of ours runs beside it."""
    url = stage.database_url(service="engagement", role="intake")
    rate = await pgbench.transactions_per_second(url, insert_scripts(), clients=CONNECTIONS, seconds=seconds)
    await _clear(stage)
    return rate


async def _clear(stage: Stage) -> None:
    """The next run is neither to read what this one left, nor to run beside it."""
    await stage.forget_deliveries()
    await stage.settle()


def insert_scripts() -> Sequence[str]:
    """The statement that admits one delivery, for each of 20 workspaces, with a new key and a later number of the update each time."""
    body = json.dumps(update(person=5_000_000, number=NUMBER)).encode().hex()
    return [_INSERT.format(workspace=uuid4(), channel=uuid4(), body=body) for _ in range(WORKSPACES)]


_INSERT = r"""
\set number random(1, 1000000000000000)
WITH item AS (SELECT uuidv7() AS id), journaled AS (
    INSERT INTO journal (workspace_id, channel_id, key, id, day, received_at, sequence)
    SELECT '{workspace}', '{channel}', sha256(int8send(:number)), id, current_date, now(), extract(epoch FROM now()) * 1000000 FROM item
    ON CONFLICT DO NOTHING
)
INSERT INTO journal_body (workspace_id, journal_id, day, headers, body)
SELECT '{workspace}', id, current_date, 'application/json', '\x{body}' FROM item;
"""
