"""Profiles as authors, accounts as venues. Called by the readers; pure."""

from services.contracts.interaction import Author, Venue
from services.contracts.vocabulary import Control, Media
from services.engagement.connectors.bluesky.payloads import Profile
from services.engagement.protocol import ChannelFacts

NETWORK = "bluesky"
UNKNOWN_ACCOUNT = "account"
NOBODY = Author(network=NETWORK, external_id="unknown", name="Someone on Bluesky")
# What the AppView shows where a domain does not, or no longer, name the account back.
_NO_HANDLE = "handle.invalid"


def author_of(profile: Profile | None) -> Author | None:
    """A profile as an author: the DID is the account, whatever becomes of its handle. None where it names neither."""
    if profile is None or not (profile.did or profile.handle):
        return None
    handle = profile.handle if profile.handle and profile.handle != _NO_HANDLE else None
    return Author(
        network=NETWORK,
        external_id=profile.did or str(profile.handle),
        handle=handle,
        name=profile.display_name or None,
        avatar_url=profile.avatar or None,
        bio=profile.description or None,
        followers=profile.followers_count if (profile.followers_count or 0) >= 0 else None,
        links=_links(handle or profile.did),
    )


def author_named(did: str | None) -> Author | None:
    """An account of which nothing but the DID is known."""
    return Author(network=NETWORK, external_id=did, links=_links(did)) if did else None


def venue_of(did: str | None, *, ours: bool, title: str | None = None) -> Venue:
    """The place of an account: what it posts, and what is said under that."""
    links = _links(did)
    return Venue(
        network=NETWORK,
        external_id=did or UNKNOWN_ACCOUNT,
        url=links[0] if links else None,
        title=title,
        control=Control.OURS if ours else Control.THIRD_PARTY,
        media=Media.OWNED if ours else Media.EARNED,
    )


def our_handle(channel: ChannelFacts, *, us: str | None) -> str | None:
    """Our own name, where the channel's account is the one that is meant."""
    known = channel.config.get("handle") or channel.config.get("identifier") or ""
    return known.removeprefix("@") if us and us == channel.account and "@" not in known.removeprefix("@") and known else None


def _links(who: str | None) -> tuple[str, ...]:
    """The page of an account. Documentation and tests have placeholders, which have no page."""
    return (f"https://bsky.app/profile/{who}",) if who and ("." in who or who.startswith("did:")) else ()
