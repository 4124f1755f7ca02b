"""What an erasure takes of events is judged by our clock too (W13)."""

from datetime import UTC, datetime, timedelta

from services.contracts.ids import ProfileId
from services.kit.erasing import Subject
from services.kit.erasing.judging import judge
from services.kit.ids import new_id

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_w13_what_was_told_by_then_is_of_the_past_though_its_clock_ran_ahead() -> None:
    profile = ProfileId(new_id())
    subject = Subject(id=new_id(), at=NOON, profiles={profile: 1})
    data = {"profile_id": str(profile), "event": {"occurred_at": (NOON + timedelta(hours=1)).isoformat()}}
    told = [judge(data, subject=subject, said_at=NOON + timedelta(minutes=at), until=NOON).own for at in (-1, 1)]

    assert told == [True, False]
