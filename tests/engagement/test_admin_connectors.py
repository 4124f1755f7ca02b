"""What the command line says of connectors and payload files."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.engagement.admin_connectors import UnknownPlatformError, list_connectors, parse_file
from services.engagement.connectors import connectors

AT = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
UPDATE = {
    "update_id": 1,
    "message": {
        "message_id": 2,
        "date": 1777888800,
        "chat": {"id": 5, "type": "private"},
        "from": {"id": 5, "first_name": "Ines"},
        "text": "Hi",
    },
}


def lines(tmp_path: Path, content: object, *, platform: str = "telegram") -> list[dict[str, object]]:
    path = tmp_path / "payload.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    found = parse_file(platform, path=path, received_at=AT)
    assert {line["file"] for line in found} == {str(path)}
    json.dumps(found)
    return found


def test_file_of_a_raw_body_gives_the_neutral_event(tmp_path: Path) -> None:
    (line,) = lines(tmp_path, UPDATE)
    assert (line["kind"], line["id"], line["text"], line["occurred_at"]) == ("direct", "5:2", "Hi", "2026-05-04T10:00:00Z")


@pytest.mark.parametrize("body", [UPDATE, json.dumps(UPDATE)], ids=["object", "text"])
def test_file_with_headers_and_body_gives_the_same(tmp_path: Path, body: object) -> None:
    assert lines(tmp_path, {"headers": {"X-Any": "1"}, "body": body}) == lines(tmp_path, UPDATE)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"update_id": 1, "poll": {"id": "1"}}, "ignored"),
        ({"update_id": 1, "hologram": {}}, "unknown"),
        (b"not json", "unknown"),
        (b"", "unknown"),
        ([], "ignored"),
    ],
)
def test_file_without_event_says_why(tmp_path: Path, content: object, kind: str) -> None:
    (line,) = lines(tmp_path, content)
    assert line["kind"] == kind
    assert line["reason"]


@pytest.mark.parametrize(
    "content",
    [
        {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": "w"},
        {"method": "GET", "query": {"hub.mode": "subscribe", "hub.challenge": "1", "hub.verify_token": "w"}},
        {"method": "GET", "headers": {}, "body": "", "url": "https://example.com/?hub.mode=subscribe&hub.challenge=1&hub.verify_token=w"},
        b"hub.mode=subscribe&hub.challenge=1&hub.verify_token=w",
        b"GET /hook?hub_mode=subscribe&hub_challenge=1&hub_verify_token=w HTTP/1.1\n",
    ],
)
@pytest.mark.parametrize("platform", ["facebook", "instagram", "whatsapp"])
def test_file_of_a_challenge_is_a_handshake(tmp_path: Path, platform: str, content: object) -> None:
    (line,) = lines(tmp_path, content, platform=platform)
    assert line["kind"] == "handshake"


def test_file_that_cannot_be_read_is_told_by_raising(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        parse_file("telegram", path=tmp_path / "nowhere", received_at=AT)


def test_platform_without_connector_is_told_by_raising(tmp_path: Path) -> None:
    with pytest.raises(UnknownPlatformError):
        parse_file("smoke-signals", path=tmp_path / "x", received_at=AT)


def test_quality_table_has_every_connector() -> None:
    rows = list_connectors()
    assert [row.platform for row in rows] == sorted(connectors())
    assert all(row.received and row.sent and row.verified and row.last_checked for row in rows)
