"""Partner webhooks: where partners are told of events."""
