"""What all of identity's tables have in common. Called by the modules beside it."""

from sqlalchemy import ARRAY, Column, ForeignKeyConstraint, Text

from services.kit.model import Model, schema_metadata


class Table(Model):
    """Base of identity's tables."""

    metadata = schema_metadata("identity")


def texts() -> "Column[list[str]]":
    """A list of text."""
    return Column(ARRAY(Text), nullable=False)


def bytewise() -> "Column[str | None]":
    """Text compared by its bytes: the same order as Python's, and an index by which beginnings are found."""
    return Column(Text(collation="C"), nullable=True)


def of_profile(table: str) -> ForeignKeyConstraint:
    """A fact's way to the profile that it is of."""
    return ForeignKeyConstraint(
        ["workspace_id", "profile_id"],
        ["identity.profile.workspace_id", "identity.profile.id"],
        name=f"{table}_workspace_id_profile_id_fkey",
    )
