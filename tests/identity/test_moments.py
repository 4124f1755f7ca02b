"""No time that a caller gives makes the service fail."""

from services.identity.main import describe
from tests.identity.service import Service
from tests.moments import EDGES, cases_of


async def test_times_at_the_calendar_s_ends_are_refused_by_name(service: Service) -> None:
    token = await service.begin("acme")
    cases = cases_of(describe().openapi())
    assert len(cases) >= 16
    for case in cases:
        told = await service.ask(case.method, case.path, case.body, token=token)
        assert told.status == 422, (case, told.body)
        assert case.name in {each["field"].rpartition(".")[2] for each in told.body["errors"]}, (case, told.body)


async def test_bare_bodies_take_no_such_time_either(service: Service) -> None:
    token = await service.begin("acme")
    for edge in EDGES:
        told = await service.ask("POST", "/internal/contacts/page", {"updated_since": edge}, token=token)
        assert (told.status, "between the years" in told.body["detail"]) == (422, True), told.body
