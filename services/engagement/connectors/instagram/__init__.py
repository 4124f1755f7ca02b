"""Instagram, through Meta's Instagram Platform. Exports `connector`; see README.md beside this file."""

from services.engagement.connectors.instagram.connector import InstagramConnector

connector = InstagramConnector()

__all__ = ["connector"]
