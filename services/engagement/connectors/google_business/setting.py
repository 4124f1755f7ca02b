"""What surrounds a resource while it is read, and what its name says. Made by the connector, read by the readers; pure."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from services.contracts.interaction import Author, Venue
from services.contracts.vocabulary import Control, Media
from services.engagement.protocol import ChannelFacts, read_time

NETWORK = "google_business"
NOBODY = Author(network=NETWORK, external_id="unknown", name="Someone on Google")


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """`key` is the journal's of the item that is read. The channel's account is `accounts/A/locations/L`."""

    channel: ChannelFacts
    received_at: datetime
    key: str

    def time(self, told: object, *, otherwise: datetime | None = None) -> datetime:
        """A time as Google writes it; where it tells none, when the item came."""
        return read_time(told, otherwise=otherwise or self.received_at)

    def place(self, name: str | None, *, url: str | None = None) -> Venue:
        """The place that a resource belongs to. Its page is ours, what people say there is earned."""
        location = part_of(name, "locations") or part_of(self.channel.account, "locations")
        place = part_of(name, "places")
        return Venue(
            network=NETWORK,
            external_id=f"locations/{location}" if location else f"places/{place}" if place else "location",
            url=url,
            title=self.channel.config.get("title") or None,
            control=Control.OURS,
            media=Media.EARNED,
        )

    def us(self) -> Author:
        """The owner, who has no account of its own there."""
        location = part_of(self.channel.account, "locations")
        return Author(
            network=NETWORK,
            external_id=f"locations/{location}" if location else "owner",
            name=self.channel.config.get("title") or None,
        )


def part_of(name: str | None, collection: str) -> str | None:
    """`part_of("accounts/1/locations/2", "locations")` is `"2"`."""
    parts = (name or "").strip("/").split("/")
    found = (after for before, after in pairwise(parts) if before == collection)
    return next((each for each in found if each), None)


def made_id(kind: str, *parts: object) -> str:
    """An id for what comes without one: the same for the same words."""
    said = "\x1f".join(str(part) for part in parts).encode("utf-8", "replace")
    return f"{kind}:{hashlib.sha256(said).hexdigest()[:32]}"
