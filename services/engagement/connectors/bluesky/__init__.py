"""Bluesky, through the AT Protocol. Exports `connector`; see README.md beside this file."""

from services.engagement.connectors.bluesky.connector import BlueskyConnector

connector = BlueskyConnector()

__all__ = ["connector"]
