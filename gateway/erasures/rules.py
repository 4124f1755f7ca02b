"""A rule of retention as it is given. Called by the query that tries rules and the mutation that sets them."""

import strawberry

from gateway.vocabulary import RetentionKind, StakeholderKind


@strawberry.input(description="What is older than so many days goes.")
class RetentionRuleInput:
    """A rule to try, or one of SetRetentionInput.rules."""

    kind: RetentionKind = strawberry.field(description="What it is about.")
    days: int = strawberry.field(description="7 to 36,500.")
    stakeholder: StakeholderKind | None = strawberry.field(default=None, description="For PEOPLE: only those of this kind; null: all.")

    def told(self) -> str:
        """As rules are written in addresses."""
        return ":".join(map(str, (self.kind, self.days, *([self.stakeholder] if self.stakeholder else ()))))
