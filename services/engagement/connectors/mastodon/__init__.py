"""Mastodon, and servers that speak its API. Exports `connector`; see README.md beside this file."""

from services.engagement.connectors.mastodon.connector import MastodonConnector

connector = MastodonConnector()

__all__ = ["connector"]
