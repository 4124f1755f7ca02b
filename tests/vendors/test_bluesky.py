"""Bluesky beside atproto: the records that we write are records by its models, and its models read what we read."""

from typing import Any

import pytest
from atproto import models

from services.engagement.connectors import connectors
from tests.engagement.connectors.case_files import Case, cases

OURS = [case for case in cases() if case.platform == "bluesky"]


def records(case: Case) -> list[dict[str, Any]]:
    """The records in the requests that are expected of us."""
    if case.receives:
        return []
    expected = case.asked["expect"]
    requests = expected.get("requests") or [expected.get("request")]
    bodies = [request.get("json") or request.get("body") or {} for request in requests if request]
    return [body["record"] for body in bodies if isinstance(body, dict) and isinstance(body.get("record"), dict)]


WRITTEN = [(case, record) for case in OURS for record in records(case)]


@pytest.mark.parametrize(("case", "record"), WRITTEN, ids=lambda each: each.title if isinstance(each, Case) else "")
def test_what_we_write_is_a_record(case: Case, record: dict[str, Any]) -> None:
    name = "".join(part[0].upper() + part[1:] for part in record["$type"].split("."))
    theirs = models.get_or_create(dict(record), getattr(models, name).Record, strict=True)
    assert theirs.py_type == record["$type"], case.title


def test_notifications_are_those_that_the_library_reads() -> None:
    case = next(each for each in OURS if each.name == "page_of_notifications")
    page = case.data["receive"]["request"]["body"]
    theirs = [models.AppBskyNotificationListNotifications.Notification(**each) for each in page["notifications"]]
    connector = connectors()["bluesky"]
    events = [
        event for item in connector.split(case.request(), secrets=case.secrets()) for event in connector.parse(case.delivery(item)).events
    ]
    authors = {(each.author.did, each.author.handle) for each in theirs}
    assert {(event.author.external_id, event.author.handle) for event in events} <= authors
    assert len(events) > 3


def test_there_are_records() -> None:
    assert len(WRITTEN) > 5
