"""Our connectors beside what vendors and others publish: libraries, and descriptions of their APIs.

By `make test-vendors`, in an environment of its own, never by `make test`.
"""
