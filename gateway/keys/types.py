"""ApiKey, and how one is named. Called by the schema; the values are the contract's views."""

from datetime import datetime

import strawberry

from gateway.relay import global_id, read_id_of, shows
from services.contracts.ids import KeyId
from services.contracts.views.keys import KeyView

TYPE = "ApiKey"


def key_of_key(root: strawberry.Parent[KeyView]) -> strawberry.ID:
    """The key of a key."""
    return global_id(TYPE, root.id)


def read_key(text: str) -> KeyId:
    """Raises MalformedInputError."""
    return KeyId(read_id_of(text, type_name=TYPE))


@shows(KeyView, description="An API key, without its secret.")
class ApiKey:
    """See KeyView."""

    key: strawberry.ID = strawberry.field(resolver=key_of_key, description="Names this key; for revokeApiKey.")
    name: str = strawberry.field(description="What it is for; at most 200 characters.")
    prefix: str = strawberry.field(description="How its token begins.")
    scopes: list[str] = strawberry.field(description="What it may; at most 50.")
    created_at: datetime = strawberry.field(description="UTC.")
    expires_at: datetime | None = strawberry.field(description="When it ends; null: never. UTC.")
    revoked_at: datetime | None = strawberry.field(description="When it was revoked; null: it was not. UTC.")
    last_used_at: datetime | None = strawberry.field(description="When it was last used; null: never. UTC.")
