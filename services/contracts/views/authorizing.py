"""What is answered about connecting by signing in: an authorization and where it stands. Answered by engagement; plain data, no secrets."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.contracts.ids import ChannelId


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantedAccountView:
    """An account that the platform granted, to choose."""

    account: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationView:
    """One person's way to the platform and back.

    `state` is begun (the person is there), returned (the platform is asked), confirming (the person has a code for whoever began),
    choosing (one or more of `accounts` are to be chosen), done (`channel_ids` are connected) or failed (`reason`). It ends at
    `expires_at`, where nothing happened until then.
    """

    id: UUID
    platform: str
    state: Literal["begun", "returned", "confirming", "choosing", "done", "failed"]
    reason: str
    accounts: tuple[GrantedAccountView, ...]
    channel_ids: tuple[ChannelId, ...]
    begun_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationBegunView:
    """Where to send the person's browser, for ten minutes and once."""

    url: str
    authorization: AuthorizationView
