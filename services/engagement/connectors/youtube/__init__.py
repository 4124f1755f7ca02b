"""YouTube, through the Data API and the hub of its feeds. Exports `connector`; see README.md beside this file."""

from services.engagement.connectors.youtube.connector import YoutubeConnector

connector = YoutubeConnector()

__all__ = ["connector"]
