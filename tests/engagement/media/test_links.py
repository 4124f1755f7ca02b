"""A link grants one file of one workspace until its time is over, and nothing that anybody else made up."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.ids import WorkspaceId
from services.engagement.media.links import Grant, Links

NOW = datetime(2026, 3, 1, 9, 20, tzinfo=UTC)
LINKS = Links(b"k" * 32, public_url="https://rapport.example/")


def token_of(workspace: UUID, media: UUID) -> str:
    return LINKS.make(WorkspaceId(workspace), media, now=NOW).rpartition("/")[2]


def test_a_link_grants_its_file_for_an_hour_at_least_and_two_at_most() -> None:
    workspace, media = uuid4(), uuid4()
    token = token_of(workspace, media)
    for minutes in (0, 60, 99):
        assert LINKS.read(token, now=NOW + timedelta(minutes=minutes)) == Grant(WorkspaceId(workspace), media)
    assert LINKS.read(token, now=NOW + timedelta(minutes=100)) is None
    assert LINKS.make(WorkspaceId(workspace), media, now=NOW + timedelta(minutes=39)).endswith(token)


@given(st.integers(0, 110), st.integers(1, 63))
def test_a_link_that_was_changed_anywhere_grants_nothing(place: int, by: int) -> None:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = token_of(UUID(int=1), UUID(int=2))
    place %= len(token) - 1
    changed = letters[(letters.index(token[place]) + by) % 64]
    assert LINKS.read(token[:place] + changed + token[place + 1 :], now=NOW) is None


@given(st.text(max_size=150))
def test_whatever_is_no_link_grants_nothing(token: str) -> None:
    assert LINKS.read(token, now=NOW) is None


def test_another_deployments_link_grants_nothing() -> None:
    other = Links(b"o" * 32, public_url="https://rapport.example")
    assert other.read(token_of(uuid4(), uuid4()), now=NOW) is None
