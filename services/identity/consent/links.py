"""The link by which a person sees and changes what we may write: made for a profile, good for a year, ended on demand.

Called by REST and by the door behind the link, in their transaction. The token is the only authority, and is kept nowhere.
"""

from datetime import UTC, datetime, timedelta

from services.contracts.ids import ContactId, ProfileId, WorkspaceId
from services.contracts.preference_links import GOOD_FOR, PATH, PreferenceLink, token_of
from services.contracts.views.consent import PreferenceLinkView
from services.identity.consent.errors import PreferenceLinkNotFoundError
from services.identity.errors import ContactNotFoundError
from services.identity.statements import consent as statements
from services.kit.db import Connection

# A person gets the same link for this long: it is counted from a fixed day, so that nothing needs keeping.
SAME_FOR = timedelta(days=30)
_FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)


async def link_of_contact(
    connection: Connection, workspace: WorkspaceId, contact: ContactId, *, key: bytes, public_url: str, now: datetime
) -> PreferenceLinkView:
    """The person's link. Raises ContactNotFoundError."""
    profile = await statements.home_profile(connection, workspace, contact)
    if profile is None:
        raise ContactNotFoundError
    since = await statements.links_since(connection, workspace, profile)
    made_at = _FIRST_DAY + (now - _FIRST_DAY) // SAME_FOR * SAME_FOR
    if since is not None and made_at <= since:
        # The next whole second: what was ended in this one stays ended.
        made_at = since.replace(microsecond=0) + timedelta(seconds=1)
    token = token_of(key, PreferenceLink(workspace=workspace, profile=profile, made_at=made_at))
    return PreferenceLinkView(profile_id=profile, url=f"{public_url.rstrip('/')}{PATH}{token}", expires_at=made_at + GOOD_FOR)


async def end_links_of_contact(connection: Connection, workspace: WorkspaceId, contact: ContactId, *, now: datetime) -> None:
    """Let no link of the person be good any more. Raises ContactNotFoundError."""
    home = await statements.home_profile(connection, workspace, contact)
    if home is None:
        raise ContactNotFoundError
    profiles = [profile for profile, _ in await statements.profiles_of_person(connection, workspace, home)]
    await statements.end_links(connection, workspace, profiles, now=now)


async def refuse_ended(connection: Connection, link: PreferenceLink) -> list[tuple[ProfileId, str]]:
    """The profiles, with networks, of whom the link is for. Raises PreferenceLinkNotFoundError where it was ended, or they are gone."""
    since = await statements.links_since(connection, link.workspace, link.profile)
    profiles = await statements.profiles_of_person(connection, link.workspace, link.profile)
    if not profiles or (since is not None and link.made_at <= since):
        raise PreferenceLinkNotFoundError
    return profiles
