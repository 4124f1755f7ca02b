"""Letting people and programs in: workspaces, members, passwords, sessions, signing keys, API keys.

`entrance` is the flow that callers of the edge use; the other modules are its parts. Checking tokens is kit's.
"""
