"""The tables of the schema `routing`, a module per matter. Called by statements and the migration check; holds no query.

Names of states are text (contracts.vocabulary), because operators on native enums lose their index under row-level security.
"""

from services.routing.models.cadence import Cadence
from services.routing.models.journey import JourneyPlan, StageStep, StageVisit
from services.routing.models.links import TaskInteraction, TaskReference
from services.routing.models.table import Table
from services.routing.models.work import (
    Agent,
    AssignmentSetting,
    Member,
    PlaybookCell,
    ProfileContact,
    ProfileKind,
    Projection,
    Resolution,
    ServiceLevels,
    Settled,
    Task,
    TaskAssignment,
    ThreadOwner,
    TriageResult,
)

__all__ = [
    "Agent",
    "AssignmentSetting",
    "Cadence",
    "JourneyPlan",
    "Member",
    "PlaybookCell",
    "ProfileContact",
    "ProfileKind",
    "Projection",
    "Resolution",
    "ServiceLevels",
    "Settled",
    "StageStep",
    "StageVisit",
    "Table",
    "Task",
    "TaskAssignment",
    "TaskInteraction",
    "TaskReference",
    "ThreadOwner",
    "TriageResult",
]
