"""Who writes to a page or an account of ours on Meta: deliveries name an id that holds for us alone, and its profile is asked for.

Called by the connectors of Messenger and Instagram. Meta tells one profile per call, and only of who wrote to us and blocks us not.
Vendor's pages: https://developers.facebook.com/docs/messenger-platform/identity/user-profile and
.../messenger-platform/instagram/features/user-profile.
"""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace

import msgspec

from services.contracts.interaction import Author, NeutralEvent
from services.engagement.families.meta import Graph, Meaning
from services.engagement.protocol import Completed, CredentialsExpiredError, RejectedError, salvage

# Of a field or path that Meta does not know it says 2500, as it does where there is no token; there always is one here.
_UNKNOWN_PATH = (2500, None)


def asking(graph: Graph) -> Graph:
    """The Graph API for questions beside the conversation: what it does not know is no trouble of the channel's."""
    return replace(graph, meanings={**graph.meanings, _UNKNOWN_PATH: Meaning.REJECTED})


class Profile(msgspec.Struct):
    """What is read of a profile."""

    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    username: str | None = None
    profile_pic: str | None = None
    follower_count: int | None = None

    def author(self, author: Author) -> Author:
        """The person with what the profile says."""
        whole = " ".join(part for part in (self.first_name, self.last_name) if part)
        return replace(
            author,
            name=self.name or whole or author.name,
            handle=self.username or author.handle,
            avatar_url=self.profile_pic or author.avatar_url,
            followers=author.followers if self.follower_count is None else self.follower_count,
        )


async def named(graph: Graph, events: Sequence[NeutralEvent], *, fields: str) -> AsyncGenerator[Completed, None]:
    """The events with their authors' names, a call for each person; what Meta refuses for good comes with its reason."""
    for person in dict.fromkeys(event.author.external_id for event in events):
        theirs = [event for event in events if event.author.external_id == person]
        try:
            profile = salvage(await graph.call("GET", person, query={"fields": fields}), into=Profile)
        except CredentialsExpiredError:
            raise
        except RejectedError as error:
            for event in theirs:
                yield Completed(id=event.id, reason=error.reason)
            continue
        for event in theirs:
            yield Completed(id=event.id, event=replace(event, author=profile.author(event.author)))
