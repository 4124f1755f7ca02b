"""The visitors' door of web chat: what browsers on other people's sites may ask, and the widget itself. Edges only."""

from services.engagement.webchat.door import VisitorDoor

__all__ = ["VisitorDoor"]
