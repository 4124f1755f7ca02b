"""The public surface in git is the one that the code has."""

import json

import yaml

from services.contracts.events import EVENTS
from tests import snapshots


def test_committed_surface_is_up_to_date() -> None:
    assert snapshots.stale() == []


def test_every_event_has_a_channel_and_a_message() -> None:
    document = yaml.safe_load(snapshots.asyncapi_document())
    assert set(document["channels"]) == set(document["components"]["messages"]) == set(EVENTS)
    references = {part.split('"')[0] for part in json.dumps(document).split('"$ref": "')[1:]}
    for reference in references:
        place = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
