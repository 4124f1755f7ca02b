"""What Google Business Profile can do. Data only; the words for people are in README.md.

Vendor's pages: https://developers.google.com/my-business/content/review-data, .../content/notification-setup, .../content/limits.
"""

from services.contracts.vocabulary import Kind
from services.engagement.families.google import API_BASE, CREDENTIALS, SIGN_IN
from services.engagement.protocol import Declaration, Field, Quality, RateLimit, SigningSecret, TextLimit, TextUnit

DECLARATION = Declaration(
    platform="google_business",
    title="Google Business Profile",
    receives=frozenset({Kind.REVIEW, Kind.EDIT, Kind.DELETION, Kind.COMMENT, Kind.POST}),
    text_limits={Kind.REVIEW: TextLimit(limit=4096, unit=TextUnit.BYTES)},
    rate_limits=(RateLimit(per="channel", count=10, seconds=60),),
    echoes_reference=False,
    credentials=CREDENTIALS,
    sign_in=SIGN_IN,
    settings=(
        Field(
            name="account",
            description="The place, accounts/A/locations/L; picked at the sign-in",
            required=False,
        ),
        Field(name="title", description="The place's name; found by itself when the channel is checked", required=False),
        Field(name="pubsub_topic", description="projects/P/topics/T, if notices are to be pushed beside the polling", required=False),
        Field(name="service_account", description="E-mail of the service account that signs the pushes of Pub/Sub", required=False),
        Field(name="audience", description="The audience of the pushes, if it is not the webhook's address", required=False),
        Field(name="poll_seconds", description="How often to look for reviews, 15 or more (default 60)", required=False),
        API_BASE,
    ),
    signing=SigningSecret(made_by="nobody", description="Pushes carry a token signed by Google"),
    docs=("https://developers.google.com/my-business", "https://cloud.google.com/pubsub/docs/authenticate-push-subscriptions"),
    quality=Quality(
        received="reviews, their edits and deletions, replies given elsewhere (polled; Pub/Sub says when)",
        sent="the owner's reply to a review; edit, delete",
        verified="OIDC token of Pub/Sub: signature, audience, service account, time",
        backfill="reviews changed since a day",
        lookup="the review's reply, by its text",
        last_checked="2026-11-23",
    ),
)
