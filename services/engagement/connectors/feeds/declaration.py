"""What a feed can do: it is read. Data only; the words for people are in README.md."""

from services.contracts.vocabulary import Kind
from services.engagement.protocol import Declaration, Field, Quality, SigningSecret

DECLARATION = Declaration(
    platform="feeds",
    title="Feeds",
    receives=frozenset({Kind.POST, Kind.COMMENT, Kind.MENTION, Kind.EDIT, Kind.DELETION}),
    text_limits={},
    credentials=(
        Field(name="username", description="For a feed that asks for a user", secret=False, required=False),
        Field(name="password", description="And for a password", secret=True, required=False),
        Field(name="token", description="For a feed that asks for a bearer token instead", secret=True, required=False),
    ),
    settings=(
        Field(name="url", description="The feed's address", form="address"),
        Field(
            name="words",
            description="Take only entries with one of these words or phrases, separated by commas: they become mentions of us",
            required=False,
        ),
        Field(name="without", description="Take no entry with one of these", required=False),
        Field(
            name="control",
            description="Whose place it is: ours, partner, competitor, third_party; left out: third_party",
            required=False,
        ),
        Field(name="entries", description="What entries are: posts, comments or mentions; left out: as each shows", required=False),
        Field(name="our_authors", description="Names, separated by commas, of people who write there for us", required=False),
        Field(name="every_minutes", description="How often to look; left out: as the feed asks, at most every 5 minutes", required=False),
    ),
    signing=SigningSecret(made_by="us", description="hub.secret: the feed's hub, where it has one, signs what it pushes with it"),
    docs=(
        "https://www.rssboard.org/rss-specification",
        "https://www.rfc-editor.org/rfc/rfc4287",
        "https://www.rfc-editor.org/rfc/rfc4685",
        "https://www.jsonfeed.org/version/1.1/",
        "https://www.w3.org/TR/websub/",
    ),
    quality=Quality(
        received="RSS 0.9 to 2.0, RDF, Atom 0.3 and 1.0, JSON Feed 1.0 and 1.1: posts, comments, mentions, edits, deletions",
        sent="nothing: a feed is read; answer at the entry's own page",
        verified="the address is fetched; pushes of a hub: X-Hub-Signature, constant time, current and previous; a wrong one is ignored",
        backfill="what the feed holds, and its older pages where it names them",
        lookup="none: nothing is sent",
        last_checked="2026-11-23",
    ),
)
