"""Triage: what a message is about, whose job it is, and whether anybody may leave it unanswered.

Called by routing's subscribers and by `rapport triage`. Pure: reads no database, no clock, no network; never raises on any text.
"""

from services.routing.triage.analysis import VERSION, analyse
from services.routing.triage.heads import shipped_model
from services.routing.triage.message import Message, TriageResult

__all__ = ["VERSION", "Message", "TriageResult", "analyse", "shipped_model"]
