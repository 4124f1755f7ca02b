"""What services say to one another: ids, the neutral event, events, API shapes. Plain data; no I/O, no framework.

Start with `interaction` (what connectors produce), then `events` (what travels between services).
"""
