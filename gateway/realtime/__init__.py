"""What reaches front-ends unasked: events from the bus, fanned out to subscriptions over WebSocket and server-sent events."""
