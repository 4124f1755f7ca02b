"""Removing what is older than a workspace's rules say: the rules in force, how far each has been obeyed, and the sweep.

Used by each service with steps of its own. Knows kinds, ages and ids, not people.
"""

from services.kit.retaining.letters import letters_step
from services.kit.retaining.policy import KeptRule, Policy, find_policy, keep_policy
from services.kit.retaining.steps import Found, Old, Pass, Report, Step, walking
from services.kit.retaining.sweeping import Due, Retainer, Swept, preview_rules

__all__ = [
    "Due",
    "Found",
    "KeptRule",
    "Old",
    "Pass",
    "Policy",
    "Report",
    "Retainer",
    "Step",
    "Swept",
    "find_policy",
    "keep_policy",
    "letters_step",
    "preview_rules",
    "walking",
]
