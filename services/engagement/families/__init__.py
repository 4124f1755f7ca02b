"""What the platforms of one company have in common: one module per company. Called by connectors; names no platform's payloads.

A family imports the protocol and the contracts only, and does no I/O but through the `Net` that it is given.
"""
