"""Calls to routing: where, and who of us. Called by loaders and by the mutations of `routing`."""

from collections.abc import Mapping
from urllib.parse import urlencode
from uuid import UUID

import msgspec

from gateway.clients.references import reference_path
from gateway.clients.service import Service, whole_list
from services.contracts.ids import TaskId
from services.contracts.views import PageView, PlaybookCellView, TaskView, TriageView
from services.contracts.views.assigning import AgentView, AssignmentSettingsView, AssignmentView
from services.contracts.views.journey import BoardView, JourneyView, StuckView
from services.contracts.views.levels import ResolutionView, ServiceLevelsView


class TasksAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Tasks, on one page."""

    items: list[TaskView]


class RoutingClient:
    """Where, and who of us."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def tasks_by_conversation_ids(self, ids: list[UUID]) -> list[list[TaskView]]:
        """The tasks of each conversation."""
        return await self._service.batch("/internal/tasks/by-conversation-ids", ids, expect=list[list[TaskView]])

    async def tasks_by_profile_ids(self, ids: list[UUID]) -> list[list[TaskView]]:
        """The tasks about each profile's person that are of no thread."""
        return await self._service.batch("/internal/tasks/by-profile-ids", ids, expect=list[list[TaskView]])

    async def tasks_by_interaction_ids(self, ids: list[UUID]) -> list[TaskView | None]:
        """The task that each interaction led to."""
        return await self._service.batch("/internal/tasks/by-interaction-ids", ids, expect=list[TaskView | None])

    async def tasks_by_ids(self, ids: list[UUID]) -> list[TaskView | None]:
        """The tasks."""
        return await self._service.batch("/internal/tasks/by-ids", ids, expect=list[TaskView | None])

    async def triage_by_interaction_ids(self, ids: list[UUID]) -> list[TriageView | None]:
        """What each interaction is about."""
        return await self._service.batch("/internal/triage/by-interaction-ids", ids, expect=list[TriageView | None])

    async def page_of_tasks(self, filters: Mapping[str, object]) -> PageView[TaskView]:
        """The workspace's tasks, next due first; filters: limit, after, discipline, state, member_id, neglected."""
        return await self._service.ask("POST", "/internal/tasks/page", expect=PageView[TaskView], payload=filters)

    async def playbook(self) -> list[PlaybookCellView]:
        """The table of phases and disciplines."""
        return await whole_list(self._service, "/v1/playbook", item=PlaybookCellView)

    async def journeys_by_contact_ids(self, ids: list[UUID]) -> list[JourneyView]:
        """Where each contact is."""
        return await self._service.batch("/internal/journeys/by-contact-ids", ids, expect=list[JourneyView])

    async def journey_board(self, line: str, days: int) -> BoardView:
        """The board of a product line."""
        return await self._service.ask("POST", "/internal/journeys/board", expect=BoardView, payload={"line": line, "days": days})

    async def journey_people(self, asked: Mapping[str, object]) -> PageView[StuckView]:
        """The people behind a number of it; asked: stage, number, line, days, limit, after."""
        return await self._service.ask("POST", "/internal/journeys/people", expect=PageView[StuckView], payload=asked)

    async def correct_stage(self, contact: UUID, payload: Mapping[str, object]) -> JourneyView:
        """Put a contact where it really is; payload: stage, line, reason."""
        return await self._service.ask("POST", f"/v1/contacts/{contact}/journey", expect=JourneyView, payload=payload)

    async def resolutions_by_conversation_ids(self, ids: list[UUID]) -> list[list[ResolutionView]]:
        """The matters of each conversation."""
        return await self._service.batch("/internal/resolutions/by-conversation-ids", ids, expect=list[list[ResolutionView]])

    async def service_levels(self) -> ServiceLevelsView:
        """Within how long people are answered."""
        return await self._service.ask("GET", "/v1/service-levels", expect=ServiceLevelsView)

    async def set_service_levels(self, payload: Mapping[str, object]) -> ServiceLevelsView:
        """Replace them; payload: calendars, levels, version."""
        return await self._service.ask("PUT", "/v1/service-levels", expect=ServiceLevelsView, payload=payload)

    async def change_task(self, task: TaskId, *, payload: Mapping[str, object]) -> TaskView:
        """Change a task; payload: state, member_id, outcome, version."""
        return await self._service.ask("PATCH", f"/v1/tasks/{task}", expect=TaskView, payload=payload)

    async def hand_task_off(self, task: TaskId, *, payload: Mapping[str, object]) -> TaskView:
        """Hand it to another discipline; payload: version, discipline, note, member_id."""
        return await self._service.ask("POST", f"/v1/tasks/{task}/hand-off", expect=TaskView, payload=payload)

    async def task_by_reference(self, names: tuple[str, str, str]) -> TaskView | None:
        """The task that another system (system, type, id there) calls so."""
        asked = urlencode(dict(zip(("system", "type", "external_id"), names, strict=True)))
        found = await self._service.ask("GET", f"/v1/tasks/lookup?{asked}", expect=TasksAnswer)
        return next(iter(found.items), None)

    async def save_task_by_reference(self, names: tuple[str, str, str], *, payload: Mapping[str, object]) -> TaskView:
        """Enter work that another system knows of; payload: contact_id, discipline, phase, why, urgency, due_at, url."""
        return await self._service.ask("PUT", f"/v1/tasks/by-reference/{reference_path(names)}", expect=TaskView, payload=payload)

    async def set_task_reference(self, task: TaskId, names: tuple[str, str, str], *, url: str | None) -> TaskView:
        """Say what another system calls a task."""
        return await self._service.ask("PUT", f"/v1/tasks/{task}/references/{reference_path(names)}", expect=TaskView, payload={"url": url})

    async def remove_task_reference(self, task: TaskId, names: tuple[str, str, str]) -> TaskView:
        """Take a reference back."""
        return await self._service.ask("DELETE", f"/v1/tasks/{task}/references/{reference_path(names)}", expect=TaskView)

    async def take_next_task(self, *, idempotency_key: str | None) -> TaskView | None:
        """Take the waiting task that suits the caller best; None: there is none."""
        headers = () if idempotency_key is None else (("idempotency-key", idempotency_key),)
        return await self._service.ask_for_any("POST", "/v1/tasks/next", expect=TaskView, headers=headers)

    async def assignments_by_task_ids(self, ids: list[UUID]) -> list[list[AssignmentView]]:
        """Why each task went where it went, oldest first."""
        return await self._service.batch("/internal/assignments/by-task-ids", ids, expect=list[list[AssignmentView]])

    async def assignment_settings(self) -> AssignmentSettingsView:
        """How tasks are given."""
        return await self._service.ask("GET", "/v1/assignment-settings", expect=AssignmentSettingsView)

    async def set_assignment_settings(self, payload: Mapping[str, object]) -> AssignmentSettingsView:
        """Replace them; payload: pushes, capacity, weights, hand_off_days, version."""
        return await self._service.ask("PUT", "/v1/assignment-settings", expect=AssignmentSettingsView, payload=payload)

    async def agents(self) -> list[AgentView]:
        """What everybody can do and has."""
        return await self._service.ask("GET", "/v1/agents", expect=list[AgentView])

    async def set_agent(self, member: UUID, *, payload: Mapping[str, object]) -> AgentView:
        """Change what a member can do; payload: skills, capacity, version."""
        return await self._service.ask("PUT", f"/v1/agents/{member}", expect=AgentView, payload=payload)

    async def set_availability(self, member: UUID, *, payload: Mapping[str, object]) -> AgentView:
        """Say whether a member takes work now; payload: available, version."""
        return await self._service.ask("PUT", f"/v1/agents/{member}/availability", expect=AgentView, payload=payload)
