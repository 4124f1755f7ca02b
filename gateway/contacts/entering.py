"""What the mutations that enter people have in common: how a person is described, and what identity is sent. Called by the mutations."""

import strawberry


@strawberry.input(description="An e-mail address or phone number.")
class ClaimInput:
    """Part of ShownInput."""

    value: str = strawberry.field(description="The address, or the number in international form; at most 254 characters.")
    verified: bool = strawberry.field(default=False, description="Whether you vouch for it: what is verified joins people for certain.")


@strawberry.input(description="What an account shows of its person.")
class ShownInput:
    """What inputs that enter people have in common."""

    scope: str = strawberry.field(default="", description="Where `externalId` is unique; empty where it is unique everywhere.")
    handle: str | None = strawberry.field(default=None, description="The account's short name; at most 200 characters.")
    name: str | None = strawberry.field(default=None, description="The person's name; at most 300 characters.")
    avatar_url: str | None = strawberry.field(default=None, description="The account's picture.")
    bio: str | None = strawberry.field(default=None, description="What the person says of themselves; at most 5,000 characters.")
    location: str | None = strawberry.field(default=None, description="Where the person lives; at most 300 characters.")
    emails: list[ClaimInput] = strawberry.field(default_factory=list, description="E-mail addresses; at most 20.")
    phones: list[ClaimInput] = strawberry.field(default_factory=list, description="Phone numbers; at most 20.")
    links: list[str] = strawberry.field(default_factory=list, description="Addresses of pages of the person; at most 50.")


@strawberry.input(description="What is known of a person.")
class PersonInput(ShownInput):
    """A person, or an account, by what is known."""

    network: str | None = strawberry.field(
        default=None, description="The network of the account. Left out, it is the account of the first address, else of the first number."
    )
    external_id: str | None = strawberry.field(default=None, description="The network's own id of the account; with `network`.")


def claimed_payload(given: list[ClaimInput]) -> list[dict[str, object]]:
    """What identity is sent of addresses or numbers."""
    return [{"value": each.value, "verified": each.verified} for each in given]


def shown_payload(given: ShownInput) -> dict[str, object]:
    """What identity is sent of an account."""
    names = ("scope", "handle", "name", "avatar_url", "bio", "location", "links")
    claims = {"emails": claimed_payload(given.emails), "phones": claimed_payload(given.phones)}
    return {**{name: getattr(given, name) for name in names}, **claims}


def person_payload(given: PersonInput) -> dict[str, object]:
    """What identity is sent of a person."""
    return shown_payload(given) | {"network": given.network, "external_id": given.external_id}
