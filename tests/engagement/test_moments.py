"""No time that a caller gives makes the service fail."""

from services.engagement.main import describe
from tests.engagement.conftest import Service
from tests.moments import cases_of


async def test_times_at_the_calendar_s_ends_are_refused_by_name(service: Service) -> None:
    cases = cases_of(describe().openapi())
    assert len(cases) >= 20
    for case in cases:
        told = await service.http.request(case.method, case.path, json=case.body, headers=service.headers())
        assert told.status_code == 422, (case, told.text)
        assert case.name in {each["field"].rpartition(".")[2] for each in told.json()["errors"]}, (case, told.text)
