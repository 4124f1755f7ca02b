"""How services speak: database, bus, outbox, HTTP, access, telemetry. Knows nothing of the domain."""
