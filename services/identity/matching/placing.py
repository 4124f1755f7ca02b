"""The placing of profiles into contacts by the verified addresses that they share, as `profiles` writes it today. Pure.

Never merges two contacts of several profiles each: that is left to a person, as a conflict.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from services.contracts.ids import ContactId, ProfileId

CLUSTER_LIMIT = 100
"""Profiles that certain evidence may gather in one contact; beyond it a shared value is more likely than a busy person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A profile carried this key, vouched for, from this moment on."""

    profile_id: ProfileId
    key: bytes
    verified_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Why a profile left its own contact: it shares `key` with `other_id`."""

    other_id: ProfileId
    key: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Certain evidence that would join two contacts of several profiles each; nothing was moved."""

    profile_id: ProfileId
    other_id: ProfileId
    key: bytes


@dataclass(slots=True)
class Placement:
    """Where every profile of a component belongs, and why; the outcome of `place`."""

    contacts: dict[ProfileId, ContactId]
    links: dict[ProfileId, Link] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)


def place(evidence: Iterable[Evidence], *, homes: Mapping[ProfileId, ContactId]) -> Placement:
    """Put the profiles of `homes` into contacts by the evidence they share.

    The evidence is taken in the order in which it came true, not in which it reached us, so any order of delivery
    gives the same contacts. Each profile begins in its home contact. One alone in its contact joins the contact of
    the first profile with the same key; where both contacts have company, they stay apart as a conflict.
    """
    placing = _Placing(homes)
    for item in sorted(evidence, key=lambda each: (each.verified_at, each.profile_id, each.key)):
        placing.take(item)
    return placing.placement


class _Placing:
    def __init__(self, homes: Mapping[ProfileId, ContactId]) -> None:
        self.placement = Placement(contacts=dict(homes))
        self._sizes: dict[ContactId, int] = dict.fromkeys(homes.values(), 1)
        self._first: dict[bytes, ProfileId] = {}

    def take(self, item: Evidence) -> None:
        first = self._first.setdefault(item.key, item.profile_id)
        contacts = self.placement.contacts
        own, host = contacts[item.profile_id], contacts[first]
        if own == host:
            return
        if self._sizes[own] == 1 and self._sizes[host] < CLUSTER_LIMIT:
            self._move(item.profile_id, beside=first, key=item.key)
        elif self._sizes[host] == 1 and self._sizes[own] < CLUSTER_LIMIT:
            self._move(first, beside=item.profile_id, key=item.key)
        else:
            self.placement.conflicts.append(Conflict(profile_id=item.profile_id, other_id=first, key=item.key))

    def _move(self, profile: ProfileId, *, beside: ProfileId, key: bytes) -> None:
        contacts = self.placement.contacts
        self._sizes[contacts[profile]] -= 1
        contacts[profile] = contacts[beside]
        self._sizes[contacts[beside]] += 1
        self.placement.links[profile] = Link(other_id=beside, key=key)
