"""What can be done about API keys: one mutation, one file; `KeyMutations` is their part of Mutation."""

import strawberry

from gateway.keys.mutations import create_api_key, revoke_api_key


@strawberry.type
class KeyMutations:
    """Part of Mutation."""

    create_api_key = create_api_key.field
    revoke_api_key = revoke_api_key.field
