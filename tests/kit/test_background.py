"""Background work ends when its service drains, even where a library swallowed the first cancellation."""

import asyncio

from services.kit.hosting import background


async def test_work_that_forgets_a_cancellation_is_asked_again() -> None:
    asked: list[str] = []
    begun = asyncio.Event()

    async def forgetful() -> None:
        while True:
            try:
                begun.set()
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                asked.append("cancelled")
                if len(asked) == 2:
                    raise

    async with asyncio.timeout(5), background() as work:
        work.start("forgetful", forgetful())
        await begun.wait()

    assert asked == ["cancelled", "cancelled"]


async def test_cleaning_up_is_waited_for() -> None:
    cleaned = asyncio.Event()
    begun = asyncio.Event()

    async def tidy() -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned.set()

    async with background() as work:
        work.start("tidy", tidy())
        await begun.wait()

    assert cleaned.is_set()
