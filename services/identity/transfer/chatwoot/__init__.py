"""A Chatwoot's people and history from a file of its API's objects, a line each. Called by `jobs`; what was said is told to engagement.

`objects` knows the kinds of lines, `accounts` whose account an inbox knows; `people`, `threads` and `messages` read them, `chunks` many,
`taking` writes.
"""
