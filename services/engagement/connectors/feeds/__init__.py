"""RSS, Atom and JSON feeds: blogs, news, forums, saved searches. Exports `connector`; see README.md beside this file."""

from services.engagement.connectors.feeds.connector import FeedsConnector

connector = FeedsConnector()

__all__ = ["connector"]
