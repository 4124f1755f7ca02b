"""The schema `engagement`, to which every table of the service belongs.

Called by the modules of this package; declares no table itself.
"""

from services.kit.model import Model, schema_metadata


class Table(Model):
    """Base of the schema's tables."""

    metadata = schema_metadata("engagement")
