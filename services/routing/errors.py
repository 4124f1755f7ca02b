"""What routing refuses, with code, status and title. Raised by its business modules, rendered at the edge.

ProblemError (kit)
├── TaskNotFoundError 404
├── MemberNotFoundError 404        nobody of that id works here now
├── CellNotFoundError 404          no discipline, no cell
├── VersionConflictError 409       somebody was faster; carries the present version
├── TaskClosedError 409            finished work is not changed
├── ReferenceTakenError 409         another task is called so; carries its id
├── ReferenceNotFoundError 404      the task is not called so
├── ReferencesFullError 422         a task has 50 references at most
├── NotYourselfError 403           a member says of themselves whether they take work
├── NotHandedOffError 422          a hand-off goes to another discipline
├── ConditionRefusedError 422      a condition that cannot be judged; says where, and what to write instead
├── ReasonMissingError 422         work is declined with a reason only
├── LevelsRefusedError 422         service levels that cannot be kept; says which
├── TriggerRefusedError 422        a trigger of the playbook that could never fire; says what there is
├── JourneyRefusedError 422        a ring, line or stage that is not there or cannot be walked; says which
└── PersonNotFoundError 404        nobody of that contact or profile id is known
"""

from services.kit.errors import ConflictError, ForbiddenError, MalformedError, NotFoundError


class TaskNotFoundError(NotFoundError):
    """No such task in this workspace."""

    code = "task_not_found"
    title = "There is no such task"


class MemberNotFoundError(NotFoundError):
    """Nobody of that id works in this workspace now."""

    code = "member_not_found"
    title = "There is no such member"


class CellNotFoundError(NotFoundError):
    """The playbook has no cell for nobody."""

    code = "playbook_cell_not_found"
    title = "There is no such cell in the playbook"


class VersionConflictError(ConflictError):
    """The given version is not the present one; `version` says which is."""

    code = "version_conflict"
    title = "Somebody changed this in the meantime"


class TaskClosedError(ConflictError):
    """The task was answered, done or declined."""

    code = "task_closed"
    title = "The task is finished"


class ReferenceTakenError(ConflictError):
    """Another task is called so there; `task_id` says which."""

    code = "reference_taken"
    title = "Another task has this reference"


class ReferenceNotFoundError(NotFoundError):
    """The task is not called so."""

    code = "reference_not_found"
    title = "The task has no such reference"


class ReferencesFullError(MalformedError):
    """A task has at most 50 references."""

    code = "references_full"
    title = "Take back a reference that is not needed; a task has at most 50"


class NotHandedOffError(MalformedError):
    """A hand-off names the discipline that has the task already, or none."""

    code = "not_handed_off"
    title = "Name another discipline; to give a task to a colleague of the same one, change its member"


class ConditionRefusedError(MalformedError):
    """A condition that cannot be judged."""

    code = "condition_refused"
    title = "This condition cannot be judged"


class ReasonMissingError(MalformedError):
    """Whoever declines work says why."""

    code = "reason_missing"
    title = "Say in `outcome` why the task is declined"


class NotYourselfError(ForbiddenError):
    """A member says of themselves whether they take work; of others, whoever may edit the playbook does."""

    code = "not_yourself"
    title = "Say it of yourself, or ask whoever edits the playbook"


class LevelsRefusedError(MalformedError):
    """Service levels or calendars that cannot be kept."""

    code = "service_levels_refused"
    title = "These service levels cannot be kept"


class TriggerRefusedError(MalformedError):
    """Words that no work could begin by."""

    code = "trigger_refused"
    title = "This trigger could never fire"


class JourneyRefusedError(MalformedError):
    """A ring, line or stage that cannot be."""

    code = "journey_refused"
    title = "This journey cannot be walked"


class PersonNotFoundError(NotFoundError):
    """No profile of that person is known here."""

    code = "person_not_found"
    title = "There is no such person"
