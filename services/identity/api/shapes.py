"""What callers send, and the answers that no contract describes. Unknown fields are refused."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints

from services.contracts.ids import ContactId, KeyId
from services.contracts.interaction import Author, Claimed
from services.contracts.stakeholders import Encounter
from services.contracts.views import MemberView, ProfileView, WorkspaceView
from services.contracts.vocabulary import Discipline, Role
from services.identity.access.passwords import LENGTH_CHARS
from services.identity.access.teams import MEMBERS_LIMIT
from services.kit.http import RequestBody
from services.kit.http.moments import Moment

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Email = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=254)]
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$")]
Languages = Annotated[tuple[Language, ...], Field(max_length=20)]
Disciplines = Annotated[tuple[Discipline, ...], Field(max_length=len(Discipline))]
NewPassword = Annotated[str, Field(min_length=LENGTH_CHARS.start, max_length=LENGTH_CHARS.stop - 1, description="10 to 200 characters.")]


class SignInBody(RequestBody):
    """Who wants in, and where."""

    workspace: Annotated[str, Field(max_length=63, description="The workspace's slug.")]
    email: Annotated[str, Field(max_length=254)]
    password: Annotated[str, Field(max_length=200)]


class RefreshBody(RequestBody):
    """The refresh token of the last answer; each is good once."""

    refresh_token: Annotated[str, Field(max_length=200)]


class NewMemberBody(RequestBody):
    """A member to add."""

    email: Email
    name: Name
    role: Role
    password: NewPassword
    disciplines: Disciplines = ()
    languages: Languages = ()


class MemberChangeBody(RequestBody):
    """What is to change; what is absent or null stays."""

    name: Name | None = None
    role: Role | None = None
    disciplines: Disciplines | None = None
    languages: Languages | None = None
    active: bool | None = None
    password: NewPassword | None = None


class DeactivationBody(RequestBody):
    """Who takes over what the member had; null or absent: the disciplines' queues."""

    successor_id: UUID | None = None


class AbsenceBody(RequestBody):
    """An absence: from (absent: from now) until (absent: until further notice), and who gets what is new (absent: nobody else)."""

    absent_from: Moment | None = None
    absent_until: Moment | None = None
    deputy_id: UUID | None = None


class NewInvitationBody(RequestBody):
    """Whom to ask, and as what."""

    email: Email
    role: Role
    disciplines: Disciplines = ()
    languages: Languages = ()
    team_id: UUID | None = None


class AcceptanceBody(RequestBody):
    """The token of the invitation's link, and who the person is from now on."""

    token: Annotated[str, Field(max_length=200)]
    name: Name
    password: NewPassword


TeamMembers = Annotated[tuple[UUID, ...], Field(max_length=MEMBERS_LIMIT)]


class NewTeamBody(RequestBody):
    """A team to make."""

    name: Name
    member_ids: TeamMembers = ()
    lead_id: UUID | None = None


class TeamChangeBody(RequestBody):
    """What is to change, and the version that the caller saw. What is left out stays; a `lead_id` of null is nobody."""

    version: Annotated[int, Field(ge=1)]
    name: Name | None = None
    member_ids: TeamMembers | None = None
    lead_id: UUID | None = None


class NewKeyBody(RequestBody):
    """An API key to make."""

    name: Name
    scopes: Annotated[tuple[Annotated[str, Field(max_length=50)], ...], Field(min_length=1, max_length=50)]
    expires_at: Moment | None = None


class ClaimBody(RequestBody):
    """An e-mail address or phone number; `verified` where the caller vouches for it."""

    value: Annotated[str, Field(min_length=1, max_length=254)]
    verified: bool = False


Network = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[A-Za-z0-9_.-]{1,40}$")]
AccountId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]


class _ShownBody(RequestBody):
    """What an account shows of its person."""

    scope: Annotated[str, Field(max_length=200)] = ""
    handle: Annotated[str, Field(max_length=200)] | None = None
    name: Annotated[str, Field(max_length=300)] | None = None
    avatar_url: Annotated[str, Field(max_length=4000)] | None = None
    bio: Annotated[str, Field(max_length=5000)] | None = None
    location: Annotated[str, Field(max_length=300)] | None = None
    links: Annotated[tuple[Annotated[str, Field(max_length=4000)], ...], Field(max_length=50)] = ()
    attributes: Annotated[
        dict[Annotated[str, Field(min_length=1, max_length=100)], Annotated[str, Field(max_length=300)]],
        Field(
            max_length=50,
            description="What people are told apart by: birth_date, picture_hash, visitor_id, rel_me; `crm:<system>` holds a CRM's key.",
        ),
    ] = Field(default_factory=dict)
    emails: Annotated[tuple[ClaimBody, ...], Field(max_length=20)] = ()
    phones: Annotated[tuple[ClaimBody, ...], Field(max_length=20)] = ()

    def author(self, *, network: str, external_id: str) -> Author:
        """The account, shown so."""
        return Author(
            network=network,
            scope=self.scope,
            external_id=external_id,
            handle=self.handle,
            name=self.name,
            avatar_url=self.avatar_url,
            bio=self.bio,
            emails=tuple(Claimed(value=each.value, verified=each.verified) for each in self.emails),
            phones=tuple(Claimed(value=each.value, verified=each.verified) for each in self.phones),
            links=self.links,
        )


class ProfileBody(_ShownBody):
    """One account of a person on one network, as the caller knows it now."""

    network: Network
    external_id: AccountId


class PersonBody(_ShownBody):
    """What is known of a person; without `network` and `external_id` it is the account of the first address, else of the first number."""

    network: Network | None = None
    external_id: AccountId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedInView:
    """`expires_in` is in seconds; the refresh token takes the place of the one used."""

    access_token: str
    refresh_token: str
    expires_in: int
    member: MemberView
    workspace: WorkspaceView


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangedView:
    """An access token for an API key; `expires_in` is in seconds."""

    access_token: str
    expires_in: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MeView:
    """The caller: a member, or an API key (then `member` is null)."""

    member: MemberView | None
    key_id: KeyId | None
    workspace: WorkspaceView
    role: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactWithProfiles:
    """A contact and every profile of theirs, those seen first before the others; `known_by` says how the company came to know of them."""

    id: ContactId
    name: str | None
    created_at: datetime
    version: int
    changed_at: datetime | None
    profiles: tuple[ProfileView, ...]
    known_by: tuple[Encounter, ...]
