"""Where people are on their way: rings of stages, an append-only log of what moved people, and the runs that follow from it.

Called by subscribers, the edges and erasing. Opens no transaction; sends nothing.
"""
