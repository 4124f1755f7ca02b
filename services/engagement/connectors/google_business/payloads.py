"""The slice of Google's JSON about places that is read. Every field may be missing or odd: see protocol.lenient.

Vendor's pages: https://developers.google.com/my-business/reference/rest/v4/accounts.locations.reviews,
https://developers.google.com/my-business/reference/qanda/rest/v1/locations.questions,
https://developers.google.com/my-business/reference/rest/v4/accounts.locations.media, .../accounts.locations.localPosts, and, for reviews as
Maps shows them, https://developers.google.com/maps/documentation/places/web-service/reference/rest/v1/places#Review.
"""

import msgspec
from msgspec import field


class Payload(msgspec.Struct, rename="camel"):
    """Base: names as the APIs write them."""


class Reviewer(Payload):
    """Who wrote a review. Google tells no id."""

    display_name: str | None = None
    profile_photo_url: str | None = None
    is_anonymous: bool = False


class Attribution(Payload):
    """Who wrote a review, as Maps shows it; the address holds the person's number."""

    display_name: str | None = None
    uri: str | None = None
    photo_uri: str | None = None


class Reply(Payload):
    """The owner's reply: one per review."""

    comment: str | None = None
    update_time: str | None = None


class Review(Payload):
    """A review: of the Business Profile API by its first fields, of Maps by the others."""

    name: str | None = None
    review_id: str | None = None
    reviewer: Reviewer | None = None
    star_rating: object = None
    comment: str | None = None
    create_time: str | None = None
    update_time: str | None = None
    review_reply: Reply | None = None
    rating: object = None
    text: object = None
    original_text: object = None
    publish_time: str | None = None
    author_attribution: Attribution | None = None
    google_maps_uri: str | None = None
    time: object = None
    author_name: str | None = field(default=None, name="author_name")
    author_url: str | None = field(default=None, name="author_url")
    profile_photo_url: str | None = field(default=None, name="profile_photo_url")


class Person(Payload):
    """Who asked or answered. MERCHANT is the owner."""

    display_name: str | None = None
    profile_photo_uri: str | None = None
    type: str | None = None


class Answer(Payload):
    """An answer to a question."""

    name: str | None = None
    author: Person = field(default_factory=Person)
    text: str | None = None
    create_time: str | None = None
    update_time: str | None = None


class Question(Answer):
    """A question about a place, with some of its answers."""

    top_answers: list[Answer] = field(default_factory=list)


class MediaAttribution(Payload):
    """Which customer a picture is from."""

    profile_name: str | None = None
    profile_photo_url: str | None = None
    profile_url: str | None = None


class MediaItem(Payload):
    """A picture or video of a place; `attribution` only where a customer took it."""

    name: str | None = None
    media_format: str | None = None
    google_url: str | None = None
    thumbnail_url: str | None = None
    create_time: str | None = None
    description: str | None = None
    attribution: MediaAttribution | None = None


class LocalPost(Payload):
    """A post of ours on the place's page."""

    name: str | None = None
    summary: str | None = None
    create_time: str | None = None
    search_url: str | None = None


class PushedMessage(Payload):
    """https://cloud.google.com/pubsub/docs/reference/rest/v1/PubsubMessage: `data` is base64."""

    data: object = None
    attributes: dict[str, object] = field(default_factory=dict)
    message_id: str | None = None
    publish_time: str | None = None
