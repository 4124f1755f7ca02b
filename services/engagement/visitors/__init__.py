"""Visitors of web chat: who they are (tokens, identities, sessions), what they write (messages), what we leave them (mailbox).

Called by the visitors' door and the composition. Knows nothing of HTTP.
"""
