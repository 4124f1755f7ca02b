"""Facebook Pages and their Messenger, through the Graph API. Exports `connector`; see README.md beside this file."""

from services.engagement.connectors.facebook.connector import FacebookConnector

connector = FacebookConnector()

__all__ = ["connector"]
