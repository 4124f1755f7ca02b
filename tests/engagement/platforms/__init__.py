"""Platforms that exist for tests only: `joined` puts them beside those of the product, as a new folder would be."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.engagement import connectors as package
from services.engagement.connectors import connectors

FOLDER = str(Path(__file__).parent / "connectors")


@contextmanager
def joined() -> Iterator[None]:
    """These platforms are there, for the length of the block."""
    package.__path__.append(FOLDER)
    connectors.cache_clear()
    try:
        yield
    finally:
        package.__path__.remove(FOLDER)
        connectors.cache_clear()
