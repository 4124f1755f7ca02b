"""Service levels: within how long people are answered, and their matters resolved.

`plan` says which level holds and by when, `keeping` lets a workspace edit them, `resolutions` follows matters through pauses.
`services.routing.watching` warns before and tells after.
"""
