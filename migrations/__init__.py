"""The databases' shape over time: one Alembic environment, one folder of revisions per service, applied by `apply`."""

SERVICES = ("identity", "engagement", "routing")
