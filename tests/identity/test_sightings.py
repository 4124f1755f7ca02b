"""Whom an interaction shows, and what a batch says of each (W1, W2): pure."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.events import InteractionReceived
from services.contracts.ids import ChannelId, ConversationId, InteractionId, ProfileId, profile_id
from services.contracts.interaction import Author, NeutralEvent, Parent, Venue
from services.contracts.vocabulary import Control, Direction, Kind
from services.identity.sightings import Sighting, fold, people_of, search_key
from services.kit.ids import new_id
from tests.identity.people import DEPLOYMENT_KEY, NOON, author, new_workspace, sighting

PAGE = Author(network="facebook", external_id="page-1", name="Acme")
EVENT = NeutralEvent(
    id="1",
    occurred_at=NOON,
    kind=Kind.COMMENT,
    author=author("Kim", network="facebook"),
    venue=Venue(network="facebook", external_id="page-1"),
)


def test_w1_author_parent_and_mentioned_people_are_seen() -> None:
    event = replace(
        EVENT,
        in_reply_to=Parent(external_id="0", author=author("Lu", network="facebook")),
        mentions=(author("Ana", network="facebook"), author("Bo", network="facebook")),
    )

    assert _names(event) == ["kim", "lu", "ana", "bo"]


def test_our_own_account_on_our_venue_is_nobody_s_profile() -> None:
    event = replace(EVENT, in_reply_to=Parent(external_id="0", author=PAGE), mentions=(PAGE,))

    assert _names(event) == ["kim"]


def test_on_somebody_else_s_venue_its_owner_is_a_person() -> None:
    venue = replace(EVENT.venue, control=Control.THIRD_PARTY)

    assert _names(replace(EVENT, venue=venue, in_reply_to=Parent(external_id="0", author=PAGE))) == ["kim", "page-1"]


def test_an_outbound_event_shows_its_recipient_and_not_us() -> None:
    outbound = replace(EVENT, direction=Direction.OUTBOUND, author=PAGE, mentions=(PAGE,))

    assert _names(replace(outbound, recipient=author("Lu", network="facebook"))) == ["lu"]
    assert _names(outbound) == []


def test_the_profile_of_the_author_has_the_id_that_every_service_computes() -> None:
    workspace = new_workspace()
    seen = Author(network="Facebook", scope="page-1", external_id=" 42 ")

    (known,) = fold([sighting(seen)], workspace=workspace, deployment_key=DEPLOYMENT_KEY)

    assert known.id == profile_id(DEPLOYMENT_KEY, workspace=workspace, network="facebook", scope="page-1", external_id="42")
    assert (known.network, known.scope, known.external_id) == ("facebook", "page-1", "42")


def test_what_is_too_long_or_not_storable_is_cut() -> None:
    seen = Author(network="x", external_id="1", name="A\x00" + "b" * 999, followers=-3, links=("l",) * 500)

    (known,) = fold([sighting(seen)], workspace=new_workspace(), deployment_key=DEPLOYMENT_KEY)

    assert known.now["name"].value == "A" + "b" * 299
    assert "followers" not in known.now
    assert [key for key in known.values if key[0] == "link"] == [("link", "l")]


def test_names_are_searched_without_case_and_form() -> None:
    assert search_key("  \uff2bim   LU ") == "kim lu"
    assert search_key("@Kim_Lu") == "kim_lu"


NAMES = st.sampled_from([None, "A", "B", "C"])
SEEN = st.builds(
    lambda name, handle, minute, verified: Sighting(
        author=replace(author("x", *(["a@x.com"] if verified else []), unverified=["a@x.com"]), name=name, handle=handle),
        at=NOON + timedelta(minutes=minute),
        source=f"s{minute}",
    ),
    NAMES,
    NAMES,
    st.integers(0, 4),
    st.booleans(),
)


@given(st.lists(SEEN, min_size=1, max_size=6), st.data())
def test_a_batch_folds_alike_in_any_order(seen: list[Sighting], data: st.DataObject) -> None:
    workspace = new_workspace()
    shuffled = data.draw(st.permutations(seen))

    assert fold(shuffled, workspace=workspace, deployment_key=DEPLOYMENT_KEY) == fold(
        seen, workspace=workspace, deployment_key=DEPLOYMENT_KEY
    )


def _names(event: NeutralEvent) -> list[str]:
    received = InteractionReceived(
        interaction_id=InteractionId(new_id()),
        profile_id=ProfileId(new_id()),
        channel_id=ChannelId(new_id()),
        conversation_id=ConversationId(new_id()),
        event=event,
        received_at=NOON,
    )
    return [each.author.external_id for each in people_of(received)]
