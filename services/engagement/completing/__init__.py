"""What deliveries do not say is asked for: noted while they are recorded (`lacking`), asked by a worker (`completer`), written (`writing`).

See docs/decisions/0036-ids-are-completed-after-recording.md.
"""
