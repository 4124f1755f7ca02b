"""The history of a contact by the id that it had before it was merged into another: as identity says whose that id is."""

from uuid import uuid4

from services.engagement.settings import EngagementSettings
from services.engagement.statements.history import assign_profiles
from services.kit.db import Database
from tests.engagement.conftest import Service
from tests.engagement.partner import Partner, event
from tests.engagement.waiting import journal_settled, only_thread


async def test_w4_an_absorbed_contact_s_id_answers_with_the_history_and_a_link(own_service: Service, settings: EngagementSettings) -> None:
    service, present, old = own_service, uuid4(), uuid4()
    partner = await Partner.connected(service)
    await partner.deliver(event(1), event(2))
    await journal_settled(service, count=1)
    messages = await only_thread(service)
    database = Database(settings.role_url("engagement", role="app"), name="test", size=1)
    await database.open()
    async with database.transaction(service.workspace) as connection:
        (profile,) = {row["profile_id"] for row in await connection.fetch("SELECT profile_id FROM interaction")}
        await assign_profiles(connection, service.workspace, [(profile, present, 1)])
    await database.close()
    service.issuer.aliases[old] = present

    own = await service.get(f"/v1/contacts/{present}/timeline")
    absorbed = await service.get(f"/v1/contacts/{old}/timeline")
    following = await service.get(f"/v1/contacts/{old}/timeline?limit=1")
    nobody = await service.get(f"/v1/contacts/{uuid4()}/timeline")

    assert {each["id"] for each in own.json()["items"]} == {each["id"] for each in messages}
    assert (absorbed.status_code, absorbed.json()) == (200, own.json())
    assert absorbed.headers["link"] == f'</v1/contacts/{present}/timeline>; rel="canonical"'
    assert "link" not in own.headers
    rest = await service.get(f"/v1/contacts/{old}/timeline?after={following.json()['next_cursor']}")
    assert [*following.json()["items"], *rest.json()["items"]] == own.json()["items"]
    assert (nobody.status_code, nobody.json()["items"], "link" in nobody.headers) == (200, [], False)
