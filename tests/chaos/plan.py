"""How much is sent, answered and killed in one run, and what is told while it lasts. Read by the other modules of the harness."""

import sys
import time
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One run. Webhooks are spread over `channels` channels, replies over the conversations that they make."""

    webhooks: int = 10_000
    replies: int = 2_000
    kills: int = 25
    postgres_restarts: int = 3
    nats_restarts: int = 5
    rate_per_second: float = 30.0
    people: int = 100
    seed: int = 1
    limit_seconds: float = 1_800.0
    began: float = field(default_factory=time.monotonic)

    @property
    def traffic_seconds(self) -> float:
        """How long the platforms send, if nothing holds them up."""
        return self.webhooks / self.rate_per_second

    def say(self, text: str) -> None:
        """A line of progress."""
        tell(f"{time.monotonic() - self.began:5.0f} s  {text}")


def tell(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
