"""The generic inlet, for any system. Exports `connector`; see README.md beside this file."""

from services.engagement.connectors.inlet.connector import InletConnector

connector = InletConnector()

__all__ = ["connector"]
