"""The visitors' door of web chat: what browsers on other people's sites may ask, and the widget itself. Edges only."""

from services.engagement.webchat.door import VisitorDoor
from services.engagement.webchat.uploading import VisitorUploads

__all__ = ["VisitorDoor", "VisitorUploads"]
