"""Google Business Profile: reviews of places, and the owner's replies. Exports `connector`; see README.md beside this file."""

from services.engagement.connectors.google_business.connector import GoogleBusinessConnector

connector = GoogleBusinessConnector()

__all__ = ["connector"]
