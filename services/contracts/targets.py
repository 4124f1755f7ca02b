"""What service levels count. Plain data, spoken by routing and the gateway."""

from enum import StrEnum


class AwaitedAnswer(StrEnum):
    """Which answer a task waits for: the first one in its conversation, or a next one."""

    FIRST = "first"
    NEXT = "next"
