"""What can be done with partner webhooks: one mutation, one file; `PartnerMutations` is their part of Mutation."""

import strawberry

from gateway.partners.mutations import (
    create_webhook_endpoint,
    delete_webhook_endpoint,
    replay_webhook_deliveries,
    rotate_webhook_secret,
    try_webhook_endpoint,
    update_webhook_endpoint,
)


@strawberry.type
class PartnerMutations:
    """Part of Mutation."""

    create_webhook_endpoint = create_webhook_endpoint.field
    update_webhook_endpoint = update_webhook_endpoint.field
    rotate_webhook_secret = rotate_webhook_secret.field
    delete_webhook_endpoint = delete_webhook_endpoint.field
    test_webhook_endpoint = try_webhook_endpoint.field
    replay_webhook_deliveries = replay_webhook_deliveries.field
