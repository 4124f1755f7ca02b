"""What a thing is called in another system (W14). Called by the services that keep references; asks nobody."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """What something is called in another system."""

    system: str
    type: str
    external_id: str
