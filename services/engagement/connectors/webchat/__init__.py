"""Web chat: the visitors of the customer's own site. Exports `connector`; found by connectors.connectors()."""

from services.engagement.connectors.webchat.connector import WebchatConnector

connector = WebchatConnector()

__all__ = ["connector"]
