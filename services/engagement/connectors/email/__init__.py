"""Mailboxes: IMAP in, SMTP out. Exports `connector`; see README.md beside this file."""

from services.engagement.connectors.email.connector import EmailConnector

connector = EmailConnector()

__all__ = ["connector"]
