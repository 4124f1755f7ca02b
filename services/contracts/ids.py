"""Ids of everything that crosses a service border, and the computed id of a profile. Called everywhere; never asks anyone.

Every id is a UUID with a type of its own, so that a function taking a ContactId cannot be given a MessageId.
"""

import hashlib
import hmac
import unicodedata
from typing import NewType
from uuid import UUID

WorkspaceId = NewType("WorkspaceId", UUID)
MemberId = NewType("MemberId", UUID)
KeyId = NewType("KeyId", UUID)
SessionId = NewType("SessionId", UUID)
ContactId = NewType("ContactId", UUID)
ProfileId = NewType("ProfileId", UUID)
MergeId = NewType("MergeId", UUID)
ChannelId = NewType("ChannelId", UUID)
ConversationId = NewType("ConversationId", UUID)
InteractionId = NewType("InteractionId", UUID)
ReplyId = NewType("ReplyId", UUID)
TaskId = NewType("TaskId", UUID)
ResolutionId = NewType("ResolutionId", UUID)
AssignmentId = NewType("AssignmentId", UUID)
LabelId = NewType("LabelId", UUID)
CannedReplyId = NewType("CannedReplyId", UUID)
PromiseId = NewType("PromiseId", UUID)
SavedFilterId = NewType("SavedFilterId", UUID)
JobId = NewType("JobId", UUID)
ImportId = NewType("ImportId", UUID)
NotificationId = NewType("NotificationId", UUID)
RatingId = NewType("RatingId", UUID)
ContactLabelId = NewType("ContactLabelId", UUID)
ContactNoteId = NewType("ContactNoteId", UUID)
CompanyId = NewType("CompanyId", UUID)
LeadId = NewType("LeadId", UUID)
InvitationId = NewType("InvitationId", UUID)
TeamId = NewType("TeamId", UUID)
AuditEntryId = NewType("AuditEntryId", UUID)
ErasureId = NewType("ErasureId", UUID)
PersonExportId = NewType("PersonExportId", UUID)
RetentionRunId = NewType("RetentionRunId", UUID)
WebhookEndpointId = NewType("WebhookEndpointId", UUID)
WebhookDeliveryId = NewType("WebhookDeliveryId", UUID)

_FORM = b"rapport.profile.v1"


def profile_id(deployment_key: bytes, *, workspace: WorkspaceId, network: str, scope: str, external_id: str) -> ProfileId:
    """The id under which every service knows one account of a person, without asking identity.

    The first 122 bits of HMAC-SHA256(deployment_key, canonical form) laid into a UUIDv8 (RFC 9562, section 5.8).
    Without the key nobody can enumerate phone numbers from it. The canonical form is frozen; tests/contracts holds
    its vectors. `deployment_key` is 32 bytes; an empty `scope` means that the network's ids are unique everywhere.
    """
    digest = hmac.new(deployment_key, canonical_profile(workspace, network, scope, external_id), hashlib.sha256).digest()
    bits = int.from_bytes(digest[:16], "big") >> 6
    high, middle, low = bits >> 74, (bits >> 62) & 0xFFF, bits & ((1 << 62) - 1)
    return ProfileId(UUID(int=(high << 80) | (0x8 << 76) | (middle << 64) | (0b10 << 62) | low))


def canonical_profile(workspace: WorkspaceId, network: str, scope: str, external_id: str) -> bytes:
    """Canonical form v1: netstrings of the form's name, workspace, network, scope and external id.

    Text is Unicode NFC; the network is lower case; scope and external id keep their case, because platforms do.
    """
    fields = (_FORM, str(workspace).encode(), _text(network.lower()), _text(scope), _text(external_id))
    return b"".join(b"%d:%s," % (len(field), field) for field in fields)


def _text(value: str) -> bytes:
    return unicodedata.normalize("NFC", value.strip()).encode()
