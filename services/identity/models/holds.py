"""Who must not be erased, because the law or a dispute wants what is kept of them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text
from sqlmodel import Field

from services.identity.models.schema import Table, of_profile
from services.kit.model import UtcDateTime


class LegalHold(Table, table=True):
    """A hold on a person, by the founder's profile; while one of a contact's profiles has one, the contact is not erased."""

    __tablename__ = "legal_hold"
    __table_args__ = (of_profile("legal_hold"),)

    workspace_id: UUID = Field(primary_key=True)
    profile_id: UUID = Field(primary_key=True)
    reason: str = Field(sa_type=Text)
    set_by: UUID | None
    set_at: datetime = Field(sa_type=UtcDateTime)
