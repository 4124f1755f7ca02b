"""The tables of the schema `identity`, a module per topic. Read by the drift check and by people; statements are in `statements`.

A table is imported here, or the check does not see it. Every tenant table begins its key, unique constraints and foreign keys with
workspace_id. Nothing here has behaviour.
"""

from services.identity.models.access import ApiKey, Member, RefreshToken, Session, SignInAttempt, SigningKey, Workspace
from services.identity.models.companies import Company, CompanyDomain, CompanyReference, Lead, ProfileCompany, ProfileReference
from services.identity.models.consent import Consent, ConsentProfile, ConsentRecord, ConsentSetting
from services.identity.models.contacts import Contact, Decision, Membership
from services.identity.models.erasure import Erasure, ErasureShare
from services.identity.models.facts import (
    AttributeDefinition,
    ContactLabel,
    ContactNote,
    ProfileAttribute,
    ProfileKind,
    ProfileKindVersion,
    ProfileLabel,
    ProfileRelation,
)
from services.identity.models.holds import LegalHold
from services.identity.models.matching import (
    Edge,
    MergeEvent,
    NeverMerge,
    ProfileFacts,
    ProfileKey,
    SuggestingDue,
    SuggestingKey,
    SuggestingSum,
    Suggestion,
)
from services.identity.models.members import AuditEntry, Invitation, Team, TeamMember
from services.identity.models.partners import WebhookDelivery, WebhookEndpoint
from services.identity.models.people import BlockedIdentifier, Profile, ProfileIdentifier, ProfileValue
from services.identity.models.person_exports import PersonExport, PersonExportPiece
from services.identity.models.retention import ProfileActivity, RetentionReport
from services.identity.models.schema import Table
from services.identity.models.transfers import Import, ImportPiece, ImportReference, ImportRefusal

__all__ = [
    "ApiKey",
    "AttributeDefinition",
    "AuditEntry",
    "BlockedIdentifier",
    "Company",
    "CompanyDomain",
    "CompanyReference",
    "Consent",
    "ConsentProfile",
    "ConsentRecord",
    "ConsentSetting",
    "Contact",
    "ContactLabel",
    "ContactNote",
    "Decision",
    "Edge",
    "Erasure",
    "ErasureShare",
    "Import",
    "ImportPiece",
    "ImportReference",
    "ImportRefusal",
    "Invitation",
    "Lead",
    "LegalHold",
    "Member",
    "Membership",
    "MergeEvent",
    "NeverMerge",
    "PersonExport",
    "PersonExportPiece",
    "Profile",
    "ProfileActivity",
    "ProfileAttribute",
    "ProfileCompany",
    "ProfileFacts",
    "ProfileIdentifier",
    "ProfileKey",
    "ProfileKind",
    "ProfileKindVersion",
    "ProfileLabel",
    "ProfileReference",
    "ProfileRelation",
    "ProfileValue",
    "RefreshToken",
    "RetentionReport",
    "Session",
    "SignInAttempt",
    "SigningKey",
    "SuggestingDue",
    "SuggestingKey",
    "SuggestingSum",
    "Suggestion",
    "Table",
    "Team",
    "TeamMember",
    "WebhookDelivery",
    "WebhookEndpoint",
    "Workspace",
]
