"""Simulated platforms: a process of its own that sends, receives, misbehaves on request, and keeps a ledger of all of it.

`rapport demo` plays its story against it; tests use its ledger as the oracle. It imports nothing of the services.
"""

from rapport.simulation.client import SimulatedPlatforms, SimulationError
from rapport.simulation.ledger import read_ledger

__all__ = ["SimulatedPlatforms", "SimulationError", "read_ledger"]
