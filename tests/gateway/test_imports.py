"""Files of people through GraphQL (W12): the list, one and its progress, ending it."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from gateway.relay import global_id
from services.contracts.ids import ImportId
from services.contracts.views import ImportView, PageView
from services.contracts.vocabulary import ImportKind, ImportState
from tests.gateway.conftest import GraphqlClient
from tests.gateway.simulated import World, problem

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
FILE = ImportView(
    id=ImportId(UUID(int=7)),
    kind=ImportKind.PROFILES,
    name="people.csv",
    format="csv",
    state=ImportState.RUNNING,
    size_bytes=1000,
    read_bytes=500,
    rows_done=40,
    rows_refused=10,
    rows_estimated=100,
    rows_per_second=812.5,
    reason="",
    member_id=None,
    created_at=AT,
    started_at=AT,
    finished_at=None,
)

SHOWN = "name kind state format rowsDone rowsRefused rowsEstimated rowsPerSecond readBytes sizeBytes member { name }"
LIST = f"{{ imports(first: 1) {{ nodes {{ {SHOWN} }} pageInfo {{ hasNextPage }} }} }}"
ONE = f"query($id: ID!) {{ import(id: $id) {{ {SHOWN} }} node(id: $id) {{ id }} }}"
CANCEL = """mutation($id: ID!) { cancelImport(input: {importId: $id}) {
  __typename ... on ImportCancelled { import { state } } ... on Conflict { code } } }"""
EXPECTED = {
    "name": "people.csv",
    "kind": "PROFILES",
    "state": "RUNNING",
    "format": "csv",
    "rowsDone": 40,
    "rowsRefused": 10,
    "rowsEstimated": 100,
    "rowsPerSecond": 812.5,
    "readBytes": 500,
    "sizeBytes": 1000,
    "member": None,
}


async def test_w12_imports_and_their_progress_are_shown(graphql: GraphqlClient, world: World) -> None:
    world.identity.responders["POST", "/internal/imports/page"] = lambda _: PageView(items=(FILE,), cursors=("c",), has_next=True)
    world.identity.responders["POST", "/internal/imports/by-ids"] = lambda asked: [FILE for _ in asked["ids"]]
    id_ = global_id("Import", FILE.id)

    listed = await graphql.ask(LIST)
    one = await graphql.ask(ONE, id=id_)

    assert listed == {"imports": {"nodes": [EXPECTED], "pageInfo": {"hasNextPage": True}}}
    assert one == {"import": EXPECTED, "node": {"id": id_}}


async def test_an_import_is_cancelled_once(graphql: GraphqlClient, world: World) -> None:
    path = f"/v1/imports/{FILE.id}/cancel"
    world.identity.responders["POST", path] = lambda _: replace(FILE, state=ImportState.CANCELLED)

    done = await graphql.ask(CANCEL, id=global_id("Import", FILE.id))
    world.identity.responders["POST", path] = lambda _: problem(409, "import_ended", "The import has ended already")
    again = await graphql.ask(CANCEL, id=global_id("Import", FILE.id))

    assert done["cancelImport"] == {"__typename": "ImportCancelled", "import": {"state": "CANCELLED"}}
    assert again["cancelImport"] == {"__typename": "Conflict", "code": "IMPORT_ENDED"}
