"""Endpoints for operators: events that failed to the end, and their redrive."""

from fastapi import Request

from services.kit.redriving import Graveyard, dead_letter_routes
from services.routing.api.edge import parts_of


def _graveyard(request: Request) -> Graveyard:
    parts = parts_of(request)
    return Graveyard(parts.database, parts.subscriptions, parts.clock)


router = dead_letter_routes("routing", _graveyard)
