"""WhatsApp, through the Cloud API. Exports `connector`; see README.md beside this file."""

from services.engagement.connectors.whatsapp.connector import WhatsAppConnector

connector = WhatsAppConnector()

__all__ = ["connector"]
