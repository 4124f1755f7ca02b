"""Flows through all processes, with a real PostgreSQL and NATS; the simulated platforms' ledger is the oracle."""
