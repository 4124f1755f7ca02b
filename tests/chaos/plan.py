"""How much is sent, answered and killed in one run, and what is told while it lasts. Read by the other modules of the harness."""

import sys
import time
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One run. Webhooks are spread over the channels that are delivered to, replies over the conversations of all.

    On the pages that are polled appears another tenth of the webhooks, and visitors of a site write a fiftieth. No poller rests longer
    than `rest_seconds`.
    """

    webhooks: int = 10_000
    replies: int = 2_000
    kills: int = 25
    postgres_restarts: int = 3
    nats_restarts: int = 5
    rate_per_second: float = 30.0
    people: int = 40
    rest_seconds: float = 2.0
    seed: int = 1
    limit_seconds: float = 1_800.0
    began: float = field(default_factory=time.monotonic)

    @property
    def traffic_seconds(self) -> float:
        """How long the platforms send, if nothing holds them up."""
        return self.webhooks / self.rate_per_second

    @property
    def listed(self) -> int:
        """How much appears on pages that are polled."""
        return self.webhooks // 10

    @property
    def visits(self) -> int:
        """How much visitors write on a site with web chat."""
        return self.webhooks // 50

    @property
    def is_long(self) -> bool:
        """Whether there is time to wait for minutes."""
        return self.traffic_seconds > 120

    def say(self, text: str) -> None:
        """A line of progress."""
        tell(f"{time.monotonic() - self.began:5.0f} s  {text}")


def tell(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
