"""YouTube and Google Business beside Google's discovery documents and real payloads, where these lie next to the project; else skipped."""

import contextlib
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from services.engagement.admin_connectors import parse_file
from services.engagement.connectors import connectors
from services.engagement.connectors.google_business.notices import TYPES
from services.engagement.connectors.youtube.resources import IGNORED, READERS
from services.engagement.protocol import SendError
from tests.engagement.connectors.calls import call
from tests.engagement.connectors.case_files import Case, cases

SHARED = Path(__file__).parents[4] / "shared" / "platforms"
pytestmark = pytest.mark.skipif(not (SHARED / "youtube").is_dir(), reason="Google's discovery documents are not here")
ASKED = [case for case in cases() if case.platform in {"youtube", "google_business"} and not case.receives]
UNDESCRIBED = ("accounts.google.com", "oauth2.googleapis.com", "pubsubhubbub.appspot.com", "mybusiness.googleapis.com", "/oauth2/v3/certs")
ANY = {"any", None}
TYPES_OF = {"string": str, "boolean": bool, "integer": int, "number": (int, float), "array": list, "object": dict}


def documents() -> dict[str, dict[str, Any]]:
    """The discovery documents by the host that they describe; YouTube answers at two."""
    found = {}
    for path in sorted(SHARED.glob("*/spec/*.discovery.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        found[urlsplit(document["rootUrl"]).netloc] = document
    return {**found, "www.googleapis.com": found["youtube.googleapis.com"]}


def methods_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    resources, found = [document], list[dict[str, Any]]()
    while resources:
        resource = resources.pop()
        found += resource.get("methods", {}).values()
        resources += resource.get("resources", {}).values()
    return found


def answers_to(method: dict[str, Any], *, verb: str, path: str) -> bool:
    """Whether a method is called by this verb and path; `{+name}` stands for one resource name of the form that it gives."""
    wanted = method.get("flatPath", method["path"]).split("/")
    given = path.strip("/").split("/")
    same = len(wanted) == len(given) and all(one == other or one.startswith("{") for one, other in zip(wanted, given, strict=True))
    return bool(method["httpMethod"] == verb and same)


def assert_fits(value: object, schema: dict[str, Any], *, document: dict[str, Any], place: str) -> None:
    """Types, enumerated values and known fields, all the way down."""
    schema = document["schemas"][schema["$ref"]] if "$ref" in schema else schema
    if schema.get("type") in ANY:
        return
    assert isinstance(value, TYPES_OF[schema["type"]]), place
    if "enum" in schema:
        assert value in schema["enum"], place
    if isinstance(value, dict):
        assert value.keys() <= schema.get("properties", {}).keys(), place
        for name, inner in value.items():
            assert_fits(inner, schema["properties"][name], document=document, place=f"{place}.{name}")
    if isinstance(value, list):
        for inner in value:
            assert_fits(inner, schema["items"], document=document, place=f"{place}[]")


def assert_request_fits(request: dict[str, Any]) -> bool:
    """The method exists, knows every argument, has every required one, and takes the body. False where no document describes it."""
    url = urlsplit(request["url"])
    if any(part in request["url"] for part in UNDESCRIBED):
        return False
    document = documents()[url.netloc]
    method = next(each for each in methods_of(document) if answers_to(each, verb=request["method"], path=url.path))
    known = method.get("parameters", {})
    arguments = parse_qs(url.query, keep_blank_values=True)
    assert arguments.keys() <= known.keys()
    assert {name for name, each in known.items() if each.get("required") and each["location"] == "query"} <= arguments.keys()
    for name, values in arguments.items():
        if "enum" in known[name]:
            assert set(values) <= set(known[name]["enum"])
    if request["json"] is not None:
        assert_fits(request["json"], method["request"], document=document, place=method["id"])
    return True


@pytest.mark.parametrize("case", ASKED, ids=lambda case: case.title)
async def test_requests_fit_the_discovery_documents(case: Case) -> None:
    net, connector = case.net(), connectors()[case.platform]
    with contextlib.suppress(SendError):
        if case.sends:
            await connector.send(case.reply(), channel=case.channel(), net=net)
        else:
            await call(connector, case=case, channel=case.channel(), net=net, read=lambda _: {})
    for request in net.requests:
        assert_request_fits(request)


@pytest.mark.parametrize(
    ("verb", "place", "body"),
    [
        ("GET", "/commentThreads?part=snippet&colour=red", None),
        ("GET", "/commentThreads?videoId=v", None),
        ("POST", "/comments?part=snippet", {"snippet": {"parentId": "c", "textOriginal": 7}}),
        ("POST", "/comments?part=snippet", {"snippet": {"parentId": "c", "words": "Hello"}}),
        ("POST", "/comments/setModerationStatus?id=c&moderationStatus=hidden", None),
        ("PATCH", "/comments?part=snippet", {}),
    ],
)
def test_what_the_documents_forbid_is_found(verb: str, place: str, body: object) -> None:
    with pytest.raises((AssertionError, StopIteration)):
        assert_request_fits({"method": verb, "url": f"https://www.googleapis.com/youtube/v3{place}", "json": body})


def test_every_kind_of_the_data_api_is_known() -> None:
    schemas = documents()["youtube.googleapis.com"]["schemas"].values()
    named = [schema["properties"]["kind"].get("default", "") for schema in schemas if "kind" in schema.get("properties", {})]
    kinds = {name.partition("#")[2] for name in named if name and not name.endswith("ListResponse")}
    assert not kinds - READERS.keys() - IGNORED.keys()


def test_every_type_of_notice_is_known() -> None:
    schema = documents()["mybusinessnotifications.googleapis.com"]["schemas"]["NotificationSetting"]
    assert not set(schema["properties"]["notificationTypes"]["items"]["enum"]) - TYPES.keys() - {"NOTIFICATION_TYPE_UNSPECIFIED"}


def test_every_sample_is_understood() -> None:
    outcomes = Counter[str]()
    for path in sorted((SHARED / "youtube").glob("samples/*")) + sorted((SHARED / "youtube").glob("errors/*")):
        outcomes.update(str(line["kind"]) for line in parse_file("youtube", path=path, received_at=datetime.now(UTC)))
    assert outcomes == {"comment": 18, "post": 1, "ignored": 3}
