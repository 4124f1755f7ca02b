"""No time that a caller gives makes the service fail."""

from uuid import uuid4

from services.contracts.ids import WorkspaceId
from services.routing.main import describe
from tests.moments import cases_of
from tests.routing.service import Service


async def test_times_at_the_calendar_s_ends_are_refused_by_name(service: Service) -> None:
    token = service.token(WorkspaceId(uuid4()))
    cases = cases_of(describe().openapi())
    assert cases
    for case in cases:
        told = await service.ask(case.method, case.path, case.body, token=token)
        assert told.status == 422, (case, told.body)
        assert case.name in {each["field"].rpartition(".")[2] for each in told.body["errors"]}, (case, told.body)
