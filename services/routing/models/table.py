"""What every table of the schema `routing` is. Called by its siblings."""

from services.kit.model import Model, schema_metadata


class Table(Model):
    """Base of the schema's tables."""

    metadata = schema_metadata("routing")
