"""Which heads there are, what each may look at, and when "yes" is said. Called by training; changing it means training anew."""

from dataclasses import dataclass

from services.contracts.vocabulary import Discipline, Phase, Sentiment, Urgency
from services.routing.triage.deciding import LEAST_SALES
from services.routing.triage.signals import CONTEXT, NAMES


@dataclass(frozen=True, slots=True)
class HeadPlan:
    """One head. `softness`: how big weights may get. `balanced`: rare labels count as much as frequent ones. `aim`: how "yes" is chosen.

    `beside`: "yes" is said only where another head, which stands before this one, gives that label at least so large a share.
    """

    name: str
    labels: tuple[str, ...]
    group: str
    softness: float
    sees_context: bool = False
    balanced: bool = False
    aim: str = "accuracy"
    beside: tuple[str, str, float] | None = None

    def signals(self) -> list[int]:
        """The rows of the signals that the head may look at."""
        return [place for place, name in enumerate(NAMES) if self.sees_context or not _tells_context(name)]


GROUPS = {"wide": 19, "narrow": 17}
_YES = ("no", "yes")
HEADS = (
    HeadPlan("sentiment", tuple(Sentiment), "wide", 0.4, balanced=True),
    HeadPlan("discipline", tuple(Discipline), "narrow", 6.0, sees_context=True),
    HeadPlan("phase", tuple(Phase), "narrow", 6.0, sees_context=True),
    HeadPlan("urgency", tuple(Urgency), "narrow", 0.5, sees_context=True),
    HeadPlan("deserves_answer", _YES, "narrow", 3.0, sees_context=True),
    HeadPlan("ready", _YES, "narrow", 3.0, aim="balance", beside=("discipline", Discipline.SALES, LEAST_SALES)),
    HeadPlan("crisis", _YES, "narrow", 3.0, aim="few_alarms"),
    HeadPlan("complaint", _YES, "narrow", 3.0, aim="balance"),
    HeadPlan("suggestion", _YES, "narrow", 3.0, aim="balance"),
    HeadPlan("spam", _YES, "narrow", 30.0),
    HeadPlan("quote_ok", _YES, "narrow", 1.0, aim="balance"),
)


def _tells_context(name: str) -> bool:
    return name in CONTEXT or name.startswith("exempt_")
