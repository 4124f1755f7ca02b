"""Reviews of places in odd forms: stars, names, notices and wrappers of any sort."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from services.contracts.interaction import NeutralEvent
from services.contracts.vocabulary import Kind
from services.engagement.connectors import connectors
from services.engagement.protocol import ChannelFacts, Delivery, Parsed, Request, Secrets

AT = datetime(2026, 5, 4, 10, 0, 5, tzinfo=UTC)
PLACE = "accounts/110/locations/220"


def parse(resource: Any, *, account: str = PLACE) -> Parsed:
    body = resource if isinstance(resource, bytes) else json.dumps(resource).encode()
    facts = ChannelFacts(platform="google_business", account=account)
    return connectors()["google_business"].parse(Delivery(channel=facts, key="k", body=body, received_at=AT))


def only(resource: Any, **parts: str) -> NeutralEvent:
    (event,) = parse(resource, **parts).events
    return event


def review(**parts: Any) -> dict[str, Any]:
    return {"name": f"{PLACE}/reviews/R", "reviewId": "R", "starRating": "FIVE", "createTime": "2026-05-04T09:00:00Z", **parts}


def pushed(data: Any, **parts: Any) -> dict[str, Any]:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return {"message": {"data": base64.b64encode(raw).decode(), "messageId": "1", **parts}, "subscription": "s"}


@pytest.mark.parametrize(
    ("stars", "rating"),
    [
        *zip(("ONE", "TWO", "THREE", "FOUR", "FIVE"), (1.0, 2.0, 3.0, 4.0, 5.0), strict=True),
        ("five", 5.0),
        (4, 4.0),
        ("4.5", 4.5),
        ("STAR_RATING_UNSPECIFIED", None),
        (0, None),
        (6, None),
        (True, None),
        (None, None),
        ([5], None),
        ("5e9", None),
    ],
)
def test_stars_are_one_to_five_however_they_are_written(stars: object, rating: float | None) -> None:
    assert only(review(starRating=stars)).rating == rating


@pytest.mark.parametrize(
    ("comment", "text", "translated"),
    [
        ("Muy bien.", "Muy bien.", None),
        ("Muy bien.\n\n(Translated by Google)\nVery good.", "Muy bien.", "Very good."),
        ("(Translated by Google) Very good.\n\n(Original)\nMuy bien.", "Muy bien.", "Very good."),
        ("", None, None),
        (None, None, None),
    ],
)
def test_the_words_are_the_persons_own(comment: str | None, text: str | None, translated: str | None) -> None:
    event = only(review(comment=comment))
    assert (event.text, event.extra.get("translated")) == (text, translated)


def test_a_review_is_one_whichever_account_lists_it_and_however_it_is_wrapped() -> None:
    plain = only(review())
    forms: list[Any] = [
        {"reviews": [review()]},
        {"locationReviews": [{"name": PLACE, "review": review()}]},
        [review()],
        json.dumps(review()),
        pushed(review()),
        pushed({"type": "NEW_REVIEW", "review": review()}),
        {"receivedMessages": [{"ackId": "a", "message": pushed(review())["message"]}]},
        review(name="accounts/999/locations/220/reviews/R"),
        {key: value for key, value in review().items() if key != "reviewId"},
    ]
    assert {only(form).id for form in forms} == {plain.id} == {"R"}
    assert only({"reviews": [review()]}) == plain


def test_a_reviewer_without_name_has_none() -> None:
    hidden = review(reviewer={"displayName": "A Google user", "isAnonymous": True})
    assert (only(hidden).author.name, only(hidden).author.external_id) == (None, "reviews/R")


def test_both_times_of_a_new_review_may_differ_by_a_moment() -> None:
    assert [each.kind for each in parse(review(updateTime="2026-05-04T09:00:00.9Z")).events] == [Kind.REVIEW]
    assert [each.kind for each in parse(review(updateTime="2026-05-04T09:00:02Z")).events] == [Kind.REVIEW, Kind.EDIT]


@pytest.mark.parametrize(
    "resource",
    [
        pushed({"type": "NEW_REVIEW", "review": f"{PLACE}/reviews/R", "location": PLACE}),
        pushed({"review_name": f"{PLACE}/reviews/R", "location_name": PLACE}),
        pushed({"notification_type": "UPDATED_REVIEW"}),
        pushed({"notificationTypes": ["GOOGLE_UPDATE"]}),
        pushed(b"{}", attributes={"type": "NEW_ANSWER"}),
        {"message": {"data": "", "attributes": {"Type": "NEW_QUESTION"}, "messageId": "1"}},
        {"message": {"data": json.dumps({"type": "NEW_REVIEW"}), "messageId": "1"}},
        {"message": {"data": {"type": "NEW_REVIEW"}, "messageId": "1"}},
        {"data": base64.urlsafe_b64encode(b'{"type":"NEW_CUSTOMER_MEDIA","x":"??>>"}').decode().rstrip("="), "messageId": "1"},
        {"type": "NEW_REVIEW", "review": f"{PLACE}/reviews/R", "location": PLACE},
        {},
        {"averageRating": 4.5, "totalReviewCount": 2},
        {"accounts": [{"name": "accounts/1"}]},
        {"locations": []},
        {"name": "locations/2", "title": "Lumen", "storefrontAddress": {}},
        {"name": "accounts/1/notificationSetting", "pubsubTopic": "t", "notificationTypes": ["NEW_REVIEW"]},
        {"comment": "Thanks", "updateTime": "2026-05-04T09:00:00Z"},
        {"error": {"code": 400, "message": "x", "status": "INVALID_ARGUMENT"}},
        {"error": "invalid_grant"},
        {"mediaFormat": "PHOTO", "googleUrl": "https://x.example", "name": f"{PLACE}/media/M"},
    ],
)
def test_what_says_nothing_of_people_is_ignored_with_the_reason(resource: Any) -> None:
    assert parse(resource).ignored


@pytest.mark.parametrize(
    "resource", [pushed(b"hello"), pushed({"type": "NEW_HOLOGRAM"}), {"foo": 1}, b"[1]", b"", {"message": {"data": "!"}}]
)
def test_what_is_nothing_of_googles_is_kept_and_counted(resource: Any) -> None:
    assert parse(resource).unknown


def test_one_revision_has_one_key_and_one_id_however_its_time_is_written() -> None:
    connector = connectors()["google_business"]
    found = set()
    for at in ("2026-05-04T09:59:00Z", "2026-05-04T09:59:00.000Z", "2026-05-04T09:59:00.000000000+00:00", "2026-05-04T11:59:00+02:00"):
        changed = review(updateTime=at, reviewReply={"comment": "Thanks!", "updateTime": at})
        items = connector.split(Request(body=json.dumps(changed).encode()), secrets=Secrets(current=""))
        found.add((*(item.key for item in items), *(event.id for item in items for event in parse(item.body).events)))
    assert found == {
        ("review:R:2026-05-04T09:59:00Z", "reply:R:2026-05-04T09:59:00Z", "R", "R:edit:2026-05-04T09:59:00Z", "R/reply"),
    }
