"""How well each member suits a task: language, skills, an earlier relationship, room, and whose turn it is. Pure; called by `giving`.

Points are few and plain, so that the sentence that goes with an assignment can name all of them.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from services.contracts.ids import MemberId
from services.contracts.views.assigning import ScoreView
from services.contracts.vocabulary import Discipline

SPEAKS, DOES_NOT_SPEAK = 4.0, -4.0
PER_SKILL, MOST_SKILLS = 2.0, 2
KNOWS = 3.0
ROOM = 2.0
TURN, TURN_AFTER = 1.0, timedelta(hours=1)
UNKNOWN_LANGUAGES = frozenset({"", "und"})
SHOWN = 5


@dataclass(slots=True, kw_only=True)
class Agent:
    """A member who works here, is here, and says so. `load` grows while a batch is given out."""

    id: MemberId
    name: str
    disciplines: frozenset[Discipline]
    languages: frozenset[str]
    skills: frozenset[str]
    capacity: float
    load: float = 0.0
    assigned_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A task that nobody has. `known_to`: who answered its person before; `silent`: who had it and let its time pass."""

    id: UUID
    discipline: Discipline
    language: str
    asks: frozenset[str] = frozenset()
    weight: float = 1.0
    known_to: frozenset[UUID] = frozenset()
    silent: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Chosen:
    """Who suits best, how well everybody who could suits (best first, at most five), and the same as a sentence."""

    agent: Agent
    scores: Sequence[ScoreView] = field(default=())

    @property
    def why(self) -> str:
        """A sentence for people."""
        best = self.scores[0]
        others = f" The next best has {self.scores[1].points:g}." if len(self.scores) > 1 else " Nobody else could take it."
        return f"{self.agent.name or 'This member'} suits best with {best.points:g} points: {', '.join(best.reasons)}.{others}"


def choose(task: Waiting, agents: Iterable[Agent], *, now: datetime) -> Chosen | None:
    """The best of those who work on its discipline, have room for it and were not silent on it; None where there is nobody.

    Of equals whoever waited longest for a task, then the older member.
    """
    able = [each for each in agents if can_take(each, task)]
    if not able:
        return None
    scored = [(score(each, task, now=now), each) for each in able]
    scored.sort(key=lambda pair: (-pair[0].points, pair[1].assigned_at is not None, pair[1].assigned_at, pair[1].id))
    return Chosen(scored[0][1], tuple(each for each, _ in scored[:SHOWN]))


def can_take(agent: Agent, task: Waiting) -> bool:
    """Whether it is theirs to do, fits into their capacity, and they did not let its time pass before."""
    return task.discipline in agent.disciplines and agent.id not in task.silent and agent.load + task.weight <= agent.capacity


def score(agent: Agent, task: Waiting, *, now: datetime) -> ScoreView:
    """Points and their reasons."""
    found = [*_language(agent, task.language), *_skills(agent, task.asks)]
    if agent.id in task.known_to:
        found.append((KNOWS, "has answered this person before"))
    free = max(0.0, 1 - agent.load / agent.capacity) if agent.capacity else 0.0
    found.append((round(ROOM * free, 2), f"{agent.load:g} of {agent.capacity:g} taken"))
    found.append(_turn(agent, now=now))
    return ScoreView(
        member_id=agent.id,
        points=round(sum(points for points, _ in found), 2),
        reasons=tuple(f"{reason} ({points:+g})" for points, reason in found),
    )


def _language(agent: Agent, language: str) -> list[tuple[float, str]]:
    if language in UNKNOWN_LANGUAGES or not agent.languages:
        return []
    if language in agent.languages:
        return [(SPEAKS, f"speaks {language}")]
    return [(DOES_NOT_SPEAK, f"does not speak {language}")]


def _skills(agent: Agent, asks: Collection[str]) -> list[tuple[float, str]]:
    able = sorted(agent.skills & set(asks))[:MOST_SKILLS]
    return [(PER_SKILL, f"skilled in {each}") for each in able]


def _turn(agent: Agent, *, now: datetime) -> tuple[float, str]:
    if agent.assigned_at is None:
        return TURN, "had no task yet"
    waited = now - agent.assigned_at
    minutes = max(0, round(waited / timedelta(minutes=1)))
    return round(TURN * min(1.0, max(0.0, waited / TURN_AFTER)), 2), f"last task {minutes} minutes ago"
