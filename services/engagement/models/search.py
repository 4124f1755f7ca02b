"""What search keeps beside the history: the words of each row, and the rows whose words are still to be made."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, PrimaryKeyConstraint, Text, text
from sqlmodel import Field

from services.engagement.models.schema import Table
from services.kit.model import UtcDateTime


class SearchDocument(Table, table=True):
    """The words of an interaction (text, subject, names of files), folded, each between spaces; and what never changes of it.

    A table of its own, narrow and written once: the interaction's row changes often, and each change would cost a new entry in
    every index. `venue` is a hash of (network, scope, external id).
    """

    __tablename__ = "search_document"
    __table_args__ = (
        PrimaryKeyConstraint("workspace_id", "interaction_id", name="search_document_pkey"),
        Index("search_document_recent_idx", "workspace_id", text("occurred_at DESC"), text("interaction_id DESC")),
        Index("search_document_profile_idx", "workspace_id", "profile_id", text("occurred_at DESC"), text("interaction_id DESC")),
        Index(
            "search_document_terms_idx",
            text("engagement.search_terms(workspace_id, occurred_at, channel_id, venue, words)"),
            postgresql_using="gin",
            postgresql_with={"gin_pending_list_limit": 512},
        ),
    )

    workspace_id: UUID
    interaction_id: UUID
    occurred_at: datetime = Field(sa_type=UtcDateTime)
    profile_id: UUID
    channel_id: UUID
    venue: UUID
    kind: str = Field(sa_type=Text)
    direction: str = Field(sa_type=Text)
    words: str = Field(sa_type=Text)


class SearchPending(Table, table=True):
    """An interaction whose words are to be made anew. Written by triggers of `interaction`, so that no way of writing is forgotten."""

    __tablename__ = "search_pending"
    __table_args__ = (PrimaryKeyConstraint("workspace_id", "interaction_id", name="search_pending_pkey"),)

    workspace_id: UUID
    interaction_id: UUID
    queued_at: datetime = Field(sa_type=UtcDateTime)
