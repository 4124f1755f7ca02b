"""Telegram, through the Bot API. Exports `connector`; see README.md beside this file."""

from services.engagement.connectors.telegram.connector import TelegramConnector

connector = TelegramConnector()

__all__ = ["connector"]
