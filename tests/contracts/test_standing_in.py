"""Deputies and successors are followed to whoever is here (G5): pure."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.contracts.ids import MemberId
from services.contracts.standing_in import Standing, stand_in

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ANA, BO, CY = (MemberId(UUID(int=number)) for number in (1, 2, 3))
HERE = Standing(active=True)


def away(deputy: MemberId | None, *, until: datetime | None = None, since: datetime = NOON - HOUR) -> Standing:
    return Standing(active=True, deputy_id=deputy, absent_from=since, absent_until=until)


def left(successor: MemberId | None) -> Standing:
    return Standing(active=False, successor_id=successor)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, ANA),
        ({ANA: HERE}, ANA),
        ({ANA: away(BO), BO: HERE}, BO),
        ({ANA: away(BO, until=NOON), BO: HERE}, ANA),
        ({ANA: away(BO, until=NOON + HOUR), BO: HERE}, BO),
        ({ANA: away(BO, since=NOON + HOUR), BO: HERE}, ANA),
        ({ANA: away(None)}, ANA),
        ({ANA: away(BO), BO: away(CY), CY: HERE}, CY),
        ({ANA: away(BO), BO: away(None)}, ANA),
        ({ANA: away(BO), BO: away(ANA)}, ANA),
        ({ANA: away(BO), BO: left(CY), CY: HERE}, CY),
        ({ANA: away(BO), BO: left(None)}, ANA),
        ({ANA: left(BO), BO: HERE}, BO),
        ({ANA: left(None)}, None),
        ({ANA: left(BO), BO: left(ANA)}, None),
        ({ANA: left(BO), BO: away(CY), CY: HERE}, CY),
        ({ANA: left(BO), BO: away(None)}, BO),
    ],
)
def test_who_acts_for_a_member(known: dict[MemberId, Standing], expected: MemberId | None) -> None:
    assert stand_in(ANA, known, now=NOON) == expected
