"""People go out by files (W12), and come back by them as they were."""

import csv
import io

import orjson

from tests.identity.service import Service
from tests.identity.transfer.importing import download, imported, lines, people

KIM = {
    "network": "x",
    "scope": "s",
    "external_id": "7",
    "handle": "@kimmy",
    "name": '=HYPERLINK("https://evil.example")',
    "location": "Leeds",
    "language": "en",
    "bio": "two\nlines, and a comma",
    "followers": 12,
    "emails": [{"value": "kim@example.com", "verified": True}, {"value": "k@example.org", "verified": False}],
    "phones": [{"value": "+34600111222", "verified": False}],
    "links": ["https://kim.example", "https://kim.example/b"],
    "attributes": {"tier": "'=gold"},
}
ANA = {"external_id": "1", "emails": [{"value": "kim@example.com", "verified": True}]}


async def test_w12_every_profile_goes_out_with_its_contact_and_comes_back_as_it_was(service: Service) -> None:
    token = await service.begin("acme")
    await imported(service, token, lines(KIM, ANA, {"external_id": "2"}))

    files = {form: await download(service, token, f"/v1/exports?format={form}") for form in ("ndjson", "csv")}

    rows = [orjson.loads(line) for line in files["ndjson"].splitlines()]
    known = {each["id"]: contact for contact, profiles in (await people(service, token)).items() for each in profiles}
    assert {row["profile_id"]: row["contact_id"] for row in rows} == known
    (kim,) = (row for row in rows if row["external_id"] == "7")
    assert {name: kim[name] for name in KIM if name != "emails"} == {name: KIM[name] for name in KIM if name != "emails"}
    for form, body in files.items():
        other = await service.begin(f"other{form}")
        assert (await imported(service, other, body))["rows_refused"] == 0
        again = [orjson.loads(line) for line in (await download(service, other, "/v1/exports?format=ndjson")).splitlines()]
        assert sorted(map(_plain, again)) == sorted(map(_plain, rows)), form


async def test_w12_no_cell_is_a_formula(service: Service) -> None:
    token = await service.begin("acme")
    await imported(service, token, lines(KIM, *({"external_id": f"{sign}1", "name": f"{sign}cmd"} for sign in "=+-@")))

    body = await download(service, token, "/v1/exports")

    cells = [cell for row in csv.reader(io.StringIO(body.decode())) for cell in row]
    assert "'@kimmy" in cells
    assert [cell for cell in cells if cell[:1] in {"=", "+", "-", "@", "\t", "\r"}] == []


async def test_w12_some_contacts_go_out_alone(service: Service) -> None:
    token = await service.begin("acme")
    await imported(service, token, lines(KIM, ANA, {"external_id": "2"}))
    both = next(contact for contact, profiles in (await people(service, token)).items() if len(profiles) == 2)
    label = (await service.ask("POST", "/v1/contact-labels", {"name": "VIP", "colour": "#ff0000"}, token=token)).body["id"]
    put = await service.ask("PUT", f"/v1/contacts/{both}/labels/{label}", token=token)

    told = [
        sorted(
            orjson.loads(line)["external_id"]
            for line in (await download(service, token, f"/v1/exports?format=ndjson&{query}")).splitlines()
        )
        for query in (f"contact_id={both}", f"label_id={label}", f"label_id={both}")
    ]

    assert put.status < 300, put
    assert told == [["1", "7"], ["1", "7"], []]


async def test_an_export_shows_nothing_of_other_workspaces(service: Service) -> None:
    token, stranger = await service.begin("acme"), await service.begin("other")
    await imported(service, token, lines(KIM))

    assert await download(service, stranger, "/v1/exports?format=ndjson") == b""


def _plain(row: dict[str, object]) -> str:
    """What is of the person, and not of the workspace or the moment."""
    left = {name: value for name, value in row.items() if name not in {"contact_id", "profile_id", "first_seen_at"}}
    return orjson.dumps(left, option=orjson.OPT_SORT_KEYS).decode()
