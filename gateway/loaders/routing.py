"""Loaders of where and who of us: tasks, triage, the playbook. Called by resolvers through `Loaders`."""

from functools import cached_property
from typing import NamedTuple
from uuid import UUID

from gateway.clients.routing import RoutingClient
from gateway.loaders.batches import ByIdLoader, OneByOneLoader
from services.contracts.views import PageView, PlaybookCellView, TaskView, TriageView
from services.contracts.views.assigning import AgentView, AssignmentSettingsView, AssignmentView
from services.contracts.views.journey import BoardView, JourneyView, StuckView
from services.contracts.views.levels import ResolutionView, ServiceLevelsView
from services.contracts.vocabulary import Discipline, TaskState


class TaskPageKey(NamedTuple):
    """A page of the workspace's tasks."""

    limit: int
    after: str | None
    discipline: Discipline | None = None
    state: TaskState | None = None
    member_id: UUID | None = None
    neglected: bool = False


class BoardKey(NamedTuple):
    """The journey board of a product line, and how many days its window has."""

    line: str
    days: int


class BoardPeopleKey(NamedTuple):
    """A page of the people behind a number of the journey board."""

    stage: str
    number: str
    line: str
    days: int
    limit: int
    after: str | None


class TaskByIdLoader(ByIdLoader[TaskView | None]):
    """Tasks."""


class TaskByInteractionLoader(ByIdLoader[TaskView | None]):
    """The task that an interaction led to."""


class TasksByConversationLoader(ByIdLoader[list[TaskView]]):
    """A conversation's tasks."""


class TasksByProfileLoader(ByIdLoader[list[TaskView]]):
    """The work about a profile's person that is of no thread."""


class TriageByInteractionLoader(ByIdLoader[TriageView | None]):
    """What an interaction is about."""


class TaskByReferenceLoader(OneByOneLoader[tuple[str, str, str], TaskView | None]):
    """The task that another system calls so."""


class TasksByPageLoader(OneByOneLoader[TaskPageKey, PageView[TaskView]]):
    """A page of the workspace's tasks."""


class PlaybookByCallerLoader(OneByOneLoader[None, list[PlaybookCellView]]):
    """The playbook of the caller's workspace."""


class JourneyByContactLoader(ByIdLoader[JourneyView]):
    """Where a contact is."""


class JourneyBoardByLineLoader(OneByOneLoader[BoardKey, BoardView]):
    """The journey board of a product line."""


class JourneyPeopleByPageLoader(OneByOneLoader[BoardPeopleKey, PageView[StuckView]]):
    """The people behind a number of it."""


class ResolutionsByConversationLoader(ByIdLoader[list[ResolutionView]]):
    """A conversation's matters."""


class ServiceLevelsByCallerLoader(OneByOneLoader[None, ServiceLevelsView]):
    """The service levels of the caller's workspace."""


class AssignmentsByTaskLoader(ByIdLoader[list[AssignmentView]]):
    """Why a task went where it went."""


class AssignmentSettingsByCallerLoader(OneByOneLoader[None, AssignmentSettingsView]):
    """How tasks are given in the caller's workspace."""


class AgentsByCallerLoader(OneByOneLoader[None, list[AgentView]]):
    """What everybody of the caller's workspace can do and has."""


class RoutingLoaders:
    """Part of Loaders."""

    _routing: RoutingClient

    @cached_property
    def task_by_id(self) -> TaskByIdLoader:
        """Keys: task ids."""
        return TaskByIdLoader(self._routing.tasks_by_ids)

    @cached_property
    def task_by_interaction(self) -> TaskByInteractionLoader:
        """Keys: interaction ids."""
        return TaskByInteractionLoader(self._routing.tasks_by_interaction_ids)

    @cached_property
    def tasks_by_conversation(self) -> TasksByConversationLoader:
        """Keys: conversation ids."""
        return TasksByConversationLoader(self._routing.tasks_by_conversation_ids)

    @cached_property
    def tasks_by_profile(self) -> TasksByProfileLoader:
        """Keys: profile ids."""
        return TasksByProfileLoader(self._routing.tasks_by_profile_ids)

    @cached_property
    def triage_by_interaction(self) -> TriageByInteractionLoader:
        """Keys: interaction ids."""
        return TriageByInteractionLoader(self._routing.triage_by_interaction_ids)

    @cached_property
    def tasks_by_page(self) -> TasksByPageLoader:
        """Keys: pages."""
        return TasksByPageLoader(lambda key: self._routing.page_of_tasks(key._asdict()))

    @cached_property
    def task_by_reference(self) -> TaskByReferenceLoader:
        """Keys: system, type and id there."""
        return TaskByReferenceLoader(self._routing.task_by_reference)

    @cached_property
    def journey_by_contact(self) -> JourneyByContactLoader:
        """Keys: contact ids."""
        return JourneyByContactLoader(self._routing.journeys_by_contact_ids)

    @cached_property
    def journey_board_by_line(self) -> JourneyBoardByLineLoader:
        """Keys: lines with days."""
        return JourneyBoardByLineLoader(lambda key: self._routing.journey_board(key.line, key.days))

    @cached_property
    def journey_people_by_page(self) -> JourneyPeopleByPageLoader:
        """Keys: pages."""
        return JourneyPeopleByPageLoader(lambda key: self._routing.journey_people(key._asdict()))

    @cached_property
    def resolutions_by_conversation(self) -> ResolutionsByConversationLoader:
        """Keys: conversation ids."""
        return ResolutionsByConversationLoader(self._routing.resolutions_by_conversation_ids)

    @cached_property
    def service_levels_by_caller(self) -> ServiceLevelsByCallerLoader:
        """Key: None."""
        return ServiceLevelsByCallerLoader(lambda _key: self._routing.service_levels())

    @cached_property
    def playbook_by_caller(self) -> PlaybookByCallerLoader:
        """Key: None."""
        return PlaybookByCallerLoader(lambda _key: self._routing.playbook())

    @cached_property
    def assignments_by_task(self) -> AssignmentsByTaskLoader:
        """Keys: task ids."""
        return AssignmentsByTaskLoader(self._routing.assignments_by_task_ids)

    @cached_property
    def assignment_settings_by_caller(self) -> AssignmentSettingsByCallerLoader:
        """Key: None."""
        return AssignmentSettingsByCallerLoader(lambda _key: self._routing.assignment_settings())

    @cached_property
    def agents_by_caller(self) -> AgentsByCallerLoader:
        """Key: None."""
        return AgentsByCallerLoader(lambda _key: self._routing.agents())
