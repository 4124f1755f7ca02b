"""What members and programs say of people. Each fact is of a profile and is read through its membership, so merges move none."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, Text, UniqueConstraint, text
from sqlmodel import Field

from services.identity.models.schema import Table, of_profile, texts
from services.kit.model import UtcDateTime


class ProfileKind(Table, table=True):
    """What somebody is to the company, on one network or (empty) on all."""

    __tablename__ = "profile_kind"
    __table_args__ = (of_profile("profile_kind"),)

    workspace_id: UUID = Field(primary_key=True)
    profile_id: UUID = Field(primary_key=True)
    kind: str = Field(primary_key=True, sa_type=Text)
    network: str = Field(primary_key=True, sa_type=Text)
    since: datetime | None = Field(sa_type=UtcDateTime)
    until: datetime | None = Field(sa_type=UtcDateTime)
    source: str = Field(sa_type=Text)
    by: UUID | None
    set_at: datetime = Field(sa_type=UtcDateTime)


class ProfileKindVersion(Table, table=True):
    """How often a profile's kinds were changed: the version that their event carries."""

    __tablename__ = "profile_kind_version"
    __table_args__ = (of_profile("profile_kind_version"),)

    workspace_id: UUID = Field(primary_key=True)
    profile_id: UUID = Field(primary_key=True)
    version: int


class ContactLabel(Table, table=True):
    """A label for people. `key` is the name as it is compared; one that is `offered` people may choose themselves."""

    __tablename__ = "contact_label"
    __table_args__ = (UniqueConstraint("workspace_id", "key", name="contact_label_workspace_id_key_key"),)

    workspace_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    name: str = Field(sa_type=Text)
    key: str = Field(sa_type=Text)
    colour: str = Field(sa_type=Text)
    created_at: datetime = Field(sa_type=UtcDateTime)
    version: int
    offered: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})


class ProfileLabel(Table, table=True):
    """Which person has which label."""

    __tablename__ = "profile_label"
    __table_args__ = (
        of_profile("profile_label"),
        ForeignKeyConstraint(
            ["workspace_id", "label_id"],
            ["identity.contact_label.workspace_id", "identity.contact_label.id"],
            name="profile_label_workspace_id_label_id_fkey",
            ondelete="CASCADE",
        ),
        Index("profile_label_workspace_id_label_id_profile_id_idx", "workspace_id", "label_id", "profile_id"),
    )

    workspace_id: UUID = Field(primary_key=True)
    profile_id: UUID = Field(primary_key=True)
    label_id: UUID = Field(primary_key=True)
    by: UUID | None
    added_at: datetime = Field(sa_type=UtcDateTime)


class AttributeDefinition(Table, table=True):
    """An attribute that the workspace gives its people."""

    __tablename__ = "attribute_definition"

    workspace_id: UUID = Field(primary_key=True)
    key: str = Field(primary_key=True, sa_type=Text)
    label: str = Field(sa_type=Text)
    type: str = Field(sa_type=Text)
    options: list[str] = Field(sa_column=texts())
    created_at: datetime = Field(sa_type=UtcDateTime)
    version: int


class ProfileAttribute(Table, table=True):
    """A value, as canonical text; `value_key` is its sha256. Of several profiles of a contact, the one set last holds."""

    __tablename__ = "profile_attribute"
    __table_args__ = (
        of_profile("profile_attribute"),
        ForeignKeyConstraint(
            ["workspace_id", "key"],
            ["identity.attribute_definition.workspace_id", "identity.attribute_definition.key"],
            name="profile_attribute_workspace_id_key_fkey",
            ondelete="CASCADE",
        ),
        Index("profile_attribute_value_idx", "workspace_id", "key", "value_key", "profile_id"),
    )

    workspace_id: UUID = Field(primary_key=True)
    profile_id: UUID = Field(primary_key=True)
    key: str = Field(primary_key=True, sa_type=Text)
    value: str = Field(sa_type=Text)
    value_key: bytes
    source: str = Field(sa_type=Text)
    by: UUID | None
    set_at: datetime = Field(sa_type=UtcDateTime)


class ContactNote(Table, table=True):
    """What a member noted of a person. A deleted one keeps no text."""

    __tablename__ = "contact_note"
    __table_args__ = (
        of_profile("contact_note"),
        Index("contact_note_workspace_id_profile_id_id_idx", "workspace_id", "profile_id", "id"),
    )

    workspace_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    profile_id: UUID
    member_id: UUID | None
    text: str = Field(sa_type=Text)
    pinned: bool
    created_at: datetime = Field(sa_type=UtcDateTime)
    edited_at: datetime | None = Field(sa_type=UtcDateTime)
    deleted_at: datetime | None = Field(sa_type=UtcDateTime)
    version: int


class ProfileRelation(Table, table=True):
    """How somebody stands to a venue, or to something said there. It holds where it began last after it ended last.

    `target_key` is the sha256 of venue and item; `changed_at` the later of beginning and end.
    """

    __tablename__ = "profile_relation"
    __table_args__ = (
        of_profile("profile_relation"),
        Index("profile_relation_changed_at_idx", "workspace_id", "profile_id", "changed_at"),
    )

    workspace_id: UUID = Field(primary_key=True)
    profile_id: UUID = Field(primary_key=True)
    kind: str = Field(primary_key=True, sa_type=Text)
    target_key: bytes = Field(primary_key=True)
    network: str = Field(sa_type=Text)
    scope: str = Field(sa_type=Text)
    external_id: str = Field(sa_type=Text)
    item: str | None = Field(sa_type=Text)
    title: str | None = Field(sa_type=Text)
    url: str | None = Field(sa_type=Text)
    first_at: datetime = Field(sa_type=UtcDateTime)
    began_at: datetime | None = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)
