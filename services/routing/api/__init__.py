"""REST of routing, a module per noun. Edges only: parse, authorise, call one business function, render."""

from fastapi import APIRouter

from services.routing.api import assigning, exporting, journey, levels, operations, playbook, references, retention, rules, tasks, triage


def routers() -> tuple[APIRouter, ...]:
    """All routes, for the composition."""
    return (
        assigning.router,
        references.router,
        tasks.router,
        playbook.router,
        levels.router,
        rules.router,
        journey.router,
        triage.router,
        exporting.router,
        retention.router,
        operations.router,
    )
