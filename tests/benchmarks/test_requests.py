"""What the bench sends: deliveries that Telegram could have sent, and the services' own statements for pgbench."""

import json
from uuid import uuid4

from benchmarks.deliveries import NUMBER, crowd
from benchmarks.history import statements_script
from benchmarks.ingest import insert_scripts
from benchmarks.stage import Channel
from services.contracts.ids import ChannelId, WorkspaceId


def test_each_request_of_the_crowd_is_whole_whatever_number_is_put_in() -> None:
    channels = [Channel(workspace=WorkspaceId(uuid4()), id=ChannelId(uuid4()), path=f"/webhooks/{place}", secret="s") for place in range(3)]

    requests = crowd(channels)

    assert len(requests) == 30
    for pieces in requests:
        head, _, body = "9876543210".join(pieces).partition("\r\n\r\n")
        assert json.loads(body)["update_id"] == 9_876_543_210
        assert f"content-length: {len(body.encode())}" in head.split("\r\n")
        assert str(NUMBER) not in body


async def test_pgbench_sends_the_statements_of_the_services() -> None:
    script = await statements_script(WorkspaceId(uuid4()), [ChannelId(uuid4())], contacts=10)

    variable, *statements = script.split("\n")
    assert variable == "\\set number random(1, 10)"
    assert len(statements) == 4
    assert "$" not in script
    assert [":number" in statement for statement in statements] == [True, True, True, False]


def test_pgbench_inserts_into_as_many_workspaces_as_we_do() -> None:
    scripts = insert_scripts()

    assert len(set(scripts)) == 20
