"""One deployment for all flows of a run; those that stop it for good start one of their own."""

from collections.abc import AsyncIterator

import pytest

from tests.flows.product import Desk, Product, product

SEND_TIMEOUT_SECONDS = 4


@pytest.fixture(scope="session")
async def everything(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """All processes, the servers and the simulated platforms. A reply is given up as in doubt sooner than in production."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SEND_TIMEOUT_SECONDS", str(SEND_TIMEOUT_SECONDS))
        async with product(tmp_path_factory.mktemp("flows")) as started:
            yield started


@pytest.fixture
async def desk(everything: Product) -> AsyncIterator[Desk]:
    """A workspace of the test's own."""
    await everything.platforms.behave()
    yield await everything.desk()
    await everything.platforms.behave()
