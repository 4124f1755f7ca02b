"""REST of engagement, a module per noun. Edges only: parse, authorise, call one business function, render."""

from fastapi import APIRouter

from services.engagement.api import channels, conversations, inbox, labels, notes, operations, replies


def routers() -> tuple[APIRouter, ...]:
    """All routes, for the composition."""
    return (channels.router, conversations.router, labels.router, notes.router, replies.router, inbox.router, operations.router)
