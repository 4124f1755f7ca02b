"""The way out: claiming, attempts and their results, look-ups of what is in doubt, changes of what was sent.

`Sender` is all that the rest of the service sees of it.
"""

from services.engagement.sending.sender import Sender

__all__ = ["Sender"]
