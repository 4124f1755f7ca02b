"""People come in by files (W12): CSV and NDJSON through REST, with a report of what was refused; again changes nothing."""

from datetime import timedelta

import pytest

from tests.identity.service import Service
from tests.identity.transfer.importing import download, ended, imported, lines, people, report, table, upload

_SECOND = timedelta(seconds=1)
KIM = {
    "network": "X",
    "external_id": 7,
    "handle": "kimmy",
    "name": "Kim Lu",
    "location": "Leeds",
    "emails": [{"value": "Kim@Example.com", "verified": True}],
    "phones": ["+34 600 111 222"],
    "links": ["https://kim.example"],
    "attributes": {"tier": "gold"},
    "more": "than is known",
}


async def test_w12_a_file_of_json_lines_becomes_contacts_linked_by_what_is_certain(service: Service) -> None:
    token = await service.begin("acme")
    row = {"external_id": "1", "name": "Kim Lu", "emails": [{"value": "kim@example.com", "verified": True}]}

    told = await imported(service, token, lines(KIM, row, {"external_id": "2", "name": "Ana"}) + b"\n\n", query="name=a.ndjson")

    assert (told["state"], told["format"], told["name"], told["kind"]) == ("done", "ndjson", "a.ndjson", "profiles")
    assert (told["rows_done"], told["rows_refused"], told["rows_estimated"]) == (3, 0, 3)
    assert told["read_bytes"] == told["size_bytes"]
    found = [[(each["network"], each["external_id"]) for each in group] for group in (await people(service, token)).values()]
    assert sorted(map(sorted, found)) == [[("crm", "1"), ("x", "7")], [("crm", "2")]]
    contact = next(id_ for id_, profiles in (await people(service, token)).items() if len(profiles) == 2)
    kept = (await service.ask("GET", f"/v1/contacts/{contact}/attributes", token=token)).body["items"]
    assert {each["key"]: (each["type"], each["value"], each["source"]) for each in kept} == {
        "location": ("text", "Leeds", "import"),
        "tier": ("text", "gold", "import"),
    }


async def test_w12_a_csv_file_is_read_by_the_usual_names_of_columns(service: Service) -> None:
    token = await service.begin("acme")
    body = table(
        ("Customer ID", "First Name", "Last Name", "E-Mail", "Phone 1", "Website", "Tier"),
        ("1", '"Ana\nMaría"', "Ruiz", "ana@ruiz.example", "'+34600111222", "https://ana.example", "gold"),
        ("2", "Bo", "", "bo@example.org; bo@work.example", "", "", ""),
        delimiter=";",
    ).replace(b"bo@example.org; bo@work.example", b'"bo@example.org; bo@work.example"')

    told = await imported(service, token, body)

    assert (told["state"], told["format"], told["rows_done"], told["rows_refused"]) == ("done", "csv", 2, 0)
    profiles = sorted((each for group in (await people(service, token)).values() for each in group), key=lambda each: each["external_id"])
    assert [(each["network"], each["external_id"], each["name"]) for each in profiles] == [
        ("crm", "1", "Ana\nMaría Ruiz"),
        ("crm", "2", "Bo"),
    ]
    assert [(each["type"], each["value"], each["verified"], each["source"]) for each in profiles[0]["identifiers"]] == [
        ("email", "ana@ruiz.example", False, "import"),
        ("phone", "+34600111222", False, "import"),
    ]
    assert {each["value"] for each in profiles[1]["identifiers"]} == {"bo@example.org", "bo@work.example"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
async def test_w12_the_encoding_of_a_file_is_found_out(service: Service, encoding: str) -> None:
    token = await service.begin("acme")

    told = await imported(service, token, "id\tname\n1\tJosé Müller\n".encode(encoding))

    assert told["rows_done"] == 1, told
    ((profile,),) = (await people(service, token)).values()
    assert profile["name"] == "José Müller"


async def test_w12_columns_may_be_named_by_hand(service: Service) -> None:
    token = await service.begin("acme")

    told = await imported(
        service,
        token,
        table(("Nr", "Wer", "x"), ("5", "Ida", "y")),
        query="map=Nr=external_id&map=wer=name&map=x=-&network=shop&scope=berlin",
    )

    assert told["rows_done"] == 1
    ((profile,),) = (await people(service, token)).values()
    assert (profile["network"], profile["scope"], profile["external_id"], profile["name"]) == ("shop", "berlin", "5", "Ida")


async def test_w12_refused_rows_are_reported_with_line_key_and_reason(service: Service) -> None:
    token = await service.begin("acme")
    good = b'{"external_id": "1", "emails": ["nobody"], "phones": ["0000000000"]}'
    body = b"\n".join(
        [good, b"{", b"[]", b'{"name": "Nobody"}', b'{"network": "a b", "external_id": "4"}', b'{"external_id": "' + b"x" * 300_000 + b'"}']
    )

    told = await imported(service, token, body)

    assert (told["state"], told["rows_done"], told["rows_refused"]) == ("done", 1, 5)
    rows = await report(service, token, told["id"])
    assert [(row["line"], row["key"], row["kept"]) for row in rows] == [
        (1, "crm:1", True),
        (2, "", False),
        (3, "", False),
        (4, "", False),
        (5, "a b:4", False),
        (6, "", False),
    ]
    assert all(row["reason"] for row in rows)
    assert "nobody" in rows[0]["reason"]
    assert "0000000000" in rows[0]["reason"]
    as_csv = await download(service, token, f"/v1/imports/{told['id']}/report?format=csv")
    assert as_csv.count(b"\r\n") == 7


async def test_w12_the_same_file_again_changes_nothing(service: Service) -> None:
    token = await service.begin("acme")
    body = lines(KIM, {"external_id": "1", "emails": [{"value": "kim@example.com", "verified": True}]}, {"external_id": "2"})
    await imported(service, token, body)
    before = await people(service, token)

    told = await imported(service, token, body)

    assert told["rows_done"] == 3
    assert await people(service, token) == before


async def test_w12_a_list_of_followers_may_be_bare_handles(service: Service) -> None:
    token = await service.begin("acme")

    told = await imported(service, token, b"@Ana.R\nbo\n\ncy\n", query="kind=followers&network=instagram")

    assert (told["kind"], told["rows_done"], told["rows_refused"]) == ("followers", 3, 0)
    found = sorted(each["external_id"] for group in (await people(service, token)).values() for each in group)
    assert found == ["ana.r", "bo", "cy"]


async def test_w12_contacts_as_chatwoot_gives_them_out_come_in(service: Service) -> None:
    token = await service.begin("acme")
    of_api = {
        "id": 5,
        "name": "Kim Lu",
        "email": "kim@example.com",
        "phone_number": "+34600111222",
        "identifier": "crm-5",
        "thumbnail": "https://pictures.example/kim.png",
        "additional_attributes": {"city": "Leeds", "country": ""},
        "custom_attributes": {"tier": "gold"},
        "contact_inboxes": [],
    }
    of_table = table(("id", "name", "email", "phone_number"), ("5", "Kim Lu", "kim@example.com", "+34600111222"))

    told = [await imported(service, token, body, query="network=chatwoot") for body in (lines(of_api), of_table)]

    assert [(each["rows_done"], each["rows_refused"]) for each in told] == [(1, 0), (1, 0)]
    ((contact, (profile,)),) = (await people(service, token)).items()
    assert (profile["network"], profile["external_id"], profile["name"]) == ("chatwoot", "5", "Kim Lu")
    assert {each["value"] for each in profile["identifiers"]} == {"kim@example.com", "+34600111222"}
    kept = (await service.ask("GET", f"/v1/contacts/{contact}/attributes", token=token)).body["items"]
    assert {each["key"]: each["value"] for each in kept} == {"location": "Leeds", "tier": "gold"}


async def test_w12_what_a_row_says_besides_its_account_helps_to_tell_who_it_is(service: Service) -> None:
    """Where somebody lives, a date of birth, a CRM's key: an import knows them as an event does."""
    token = await service.begin("acme")
    rows = [
        {"network": "x", "external_id": "1", "attributes": {"crm:sales": "77"}},
        {"network": "mastodon", "external_id": "2", "attributes": {"crm:sales": "77"}},
        {"network": "legacy", "external_id": "3", "name": "Orla Quigg", "location": "Leeds", "attributes": {"dob": "1971-06-24"}},
        {"network": "shop", "external_id": "4", "name": "Orla Quigg", "location": "Leeds", "attributes": {"birth_date": "1971-06-24"}},
        {"network": "shop", "external_id": "5", "name": "Orla Quigg", "location": "Porto", "attributes": {"birth_date": "1988-02-03"}},
    ]

    await imported(service, token, lines(*rows))

    found = sorted(sorted(each["external_id"] for each in group) for group in (await people(service, token)).values())
    assert found == [["1", "2"], ["3", "4"], ["5"]]


async def test_w12_whom_followers_follow_is_kept_since_when(service: Service) -> None:
    token = await service.begin("acme")
    body = table(("handle", "followed_at"), ("ana", "2024-05-04T10:00:00Z"), ("bo", ""))
    query = "kind=followers&network=instagram&of=1789"

    for _ in range(2):
        await imported(service, token, body, query=query)
        service.clock.advance(_SECOND)

    told = {}
    for contact, (profile,) in (await people(service, token)).items():
        (relation,) = (await service.ask("GET", f"/v1/contacts/{contact}/relations", token=token)).body["items"]
        told[profile["handle"]] = (relation["kind"], relation["network"], relation["external_id"], relation["since"], relation["until"])
    assert told == {
        "ana": ("follows", "instagram", "1789", "2024-05-04T10:00:00Z", None),
        "bo": ("follows", "instagram", "1789", "2026-03-01T12:00:00Z", None),
    }
    assert (await upload(service, token, body, query="of=1789")).status == 422


@pytest.mark.parametrize(
    ("query", "body", "status"),
    [
        ("", b"", 422),
        ("", b"[1, 2]", 422),
        ("", b"colour,shape\nred,round", 422),
        ("", b"name\nKim", 422),
        ("kind=everything", b"id\n1", 422),
        ("kind=followers", b"handle\nkim", 422),
        ("map=nonsense", b"id\n1", 422),
        ("map=other=name", b"id\n1", 422),
        ("map=id=nonsense", b"id\n1", 422),
        ("colour=red", b"id\n1", 422),
        ("network=a%20b", b"id\n1", 422),
        ("delimiter=ab", b"id\n1", 422),
        ("name=%ff", b"id\n1", 400),
    ],
)
async def test_what_cannot_be_read_at_all_is_refused_at_once(service: Service, query: str, body: bytes, status: int) -> None:
    token = await service.begin("acme")

    told = await upload(service, token, body, query=query)

    assert told.status == status, told.body
    assert (await service.ask("GET", "/v1/imports", token=token)).body["items"] == []


async def test_an_upload_with_the_same_key_is_one_import(service: Service) -> None:
    token = await service.begin("acme")

    first = await upload(service, token, b"id\n1\n", key="k1")
    again = await upload(service, token, b"id\n1\n", key="k1")
    other = await upload(service, token, b"id\n2\n", key="k1")

    assert (first.status, again.status, other.status) == (201, 201, 422)
    assert again.headers["idempotency-replayed"] == "true"
    assert first.body["id"] == again.body["id"]
    await ended(service, token, first.body["id"])
    assert len((await service.ask("GET", "/v1/imports", token=token)).body["items"]) == 1


async def test_imports_are_listed_the_newest_first_and_belong_to_their_workspace(service: Service) -> None:
    token, stranger = await service.begin("acme"), await service.begin("other")
    ids = []
    for number in range(3):
        ids.append((await imported(service, token, b"id\n%d\n" % number))["id"])
        service.clock.advance(_SECOND)

    first = (await service.ask("GET", "/v1/imports?limit=2", token=token)).body
    rest = (await service.ask("GET", f"/v1/imports?limit=2&after={first['next_cursor']}", token=token)).body
    theirs = [
        (await service.ask(method, f"/v1/imports/{ids[0]}{tail}", token=stranger)).status
        for method, tail in (("GET", ""), ("GET", "/report"), ("POST", "/cancel"))
    ]
    batch = await service.ask("POST", "/internal/imports/by-ids", {"ids": [ids[0]]}, token=stranger)

    assert [each["id"] for each in (*first["items"], *rest["items"])] == ids[::-1]
    assert rest["next_cursor"] is None
    assert theirs == [404, 404, 404]
    assert batch.body == [None]
    assert (await service.ask("POST", f"/v1/imports/{ids[0]}/cancel", token=token)).status == 409
