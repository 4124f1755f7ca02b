"""Who: workspaces and their members, profiles on every network, and the contacts that they form.

Start with `main` (what is wired to what), then `subscribers` (how people become known) and `api` (what callers may ask).
"""
