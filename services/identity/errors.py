"""Everything that identity refuses, as one tree under kit's. Raised next to the rule; rendered at the edge.

UnauthenticatedError: SignInRefusedError, SessionEndedError, KeyRefusedError, WorkerRefusedError
RateLimitedError:     TooManySignInsError
ForbiddenError:       ScopeNotYoursError, NotASessionError
NotFoundError:        WorkspaceNotFoundError, MemberNotFoundError, KeyNotFoundError, ContactNotFoundError, ProfileNotFoundError,
                      ErasureNotFoundError, HoldNotFoundError
ConflictError:        EmailTakenError, SlugTakenError, LastAdminError
MalformedError:       WeakPasswordError, NotAnEmailError, KeyLifetimeError

What is said of people:
NotFoundError:        LabelNotFoundError, AttributeNotFoundError, NoteNotFoundError, ReferenceNotFoundError, CompanyNotFoundError,
                      LeadNotFoundError
ForbiddenError:       NotYourNoteError
ConflictError:        LabelTakenError, AttributeTakenError, OptionInUseError, TooManyError, ReferenceTakenError, DomainTakenError,
                      LeadClosedError, ProfileTakenError
MalformedError:       KindPeriodError, AttributeValueError, AttributeOptionsError, NoLookupError, DomainError, LeadReasonError,
                      AddressNeededError, AccountNeededError
"""

from services.kit.errors import (
    ConflictError,
    ForbiddenError,
    MalformedError,
    NotFoundError,
    RateLimitedError,
    UnauthenticatedError,
)


class SignInRefusedError(UnauthenticatedError):
    """Wrong password, unknown member or unknown workspace: deliberately one answer."""

    code = "sign_in_refused"
    title = "Workspace, e-mail or password is wrong"


class SessionEndedError(UnauthenticatedError):
    """The refresh token is unknown, expired, used before, or its session was revoked."""

    code = "session_ended"
    title = "The session has ended; sign in again"


class KeyRefusedError(UnauthenticatedError):
    """The API key is unknown, expired or revoked."""

    code = "key_refused"
    title = "The API key is not valid"


class WorkerRefusedError(UnauthenticatedError):
    """Whoever asked for a worker's token did not prove to be one of ours just now."""

    code = "worker_refused"
    title = "The proof does not fit, or is too old"


class TooManySignInsError(RateLimitedError):
    """Too many tries for one e-mail address, whether or not it is a member's."""

    code = "too_many_sign_ins"
    title = "Too many sign-in attempts; wait a while"


class ScopeNotYoursError(ForbiddenError):
    """A caller may not give away what the caller does not have."""

    code = "scope_not_yours"
    title = "You cannot give a scope that you do not have"


class NotASessionError(ForbiddenError):
    """An API key has no session to end."""

    code = "not_a_session"
    title = "Only a signed-in member can sign out"


class WorkspaceNotFoundError(NotFoundError):
    """No such workspace."""

    code = "workspace_not_found"
    title = "There is no such workspace"


class MemberNotFoundError(NotFoundError):
    """No such member in the caller's workspace."""

    code = "member_not_found"
    title = "There is no such member"


class KeyNotFoundError(NotFoundError):
    """No such API key in the caller's workspace."""

    code = "api_key_not_found"
    title = "There is no such API key"


class ContactNotFoundError(NotFoundError):
    """No such contact in the caller's workspace."""

    code = "contact_not_found"
    title = "There is no such contact"


class ProfileNotFoundError(NotFoundError):
    """No such profile in the caller's workspace."""

    code = "profile_not_found"
    title = "There is no such profile"


class EmailTakenError(ConflictError):
    """A member with this e-mail address exists."""

    code = "email_taken"
    title = "A member with this e-mail address exists"


class SlugTakenError(ConflictError):
    """A workspace with this name in the sign-in exists."""

    code = "slug_taken"
    title = "A workspace with this slug exists"


class LastAdminError(ConflictError):
    """Nobody could let anybody in any more."""

    code = "last_admin"
    title = "A workspace needs at least one active administrator"


class WeakPasswordError(MalformedError):
    """Too short or too long."""

    code = "weak_password"
    title = "The password is too short or too long"


class NotAnEmailError(MalformedError):
    """Not an e-mail address that could receive anything."""

    code = "not_an_email"
    title = "This is not an e-mail address"


class KeyLifetimeError(MalformedError):
    """An API key cannot expire in the past."""

    code = "key_lifetime"
    title = "The key would have expired already"


class LabelNotFoundError(NotFoundError):
    """No such label for people in the caller's workspace."""

    code = "label_not_found"
    title = "There is no such label"


class AttributeNotFoundError(NotFoundError):
    """The workspace defined no such attribute."""

    code = "attribute_not_found"
    title = "There is no such attribute"


class NoteNotFoundError(NotFoundError):
    """The contact has no such note, or it was deleted."""

    code = "note_not_found"
    title = "There is no such note"


class NotYourNoteError(ForbiddenError):
    """Only who wrote a note rewrites it; administrators delete it, too."""

    code = "not_your_note"
    title = "Only its author may do this to a note"


class LabelTakenError(ConflictError):
    """A label of this name exists, however it is written."""

    code = "label_taken"
    title = "A label of this name exists"


class AttributeTakenError(ConflictError):
    """An attribute of this key exists."""

    code = "attribute_taken"
    title = "An attribute of this key exists"


class OptionInUseError(ConflictError):
    """An option that is to go is somebody's value; `options` names it."""

    code = "option_in_use"
    title = "An option that is to go is in use"


class TooManyError(ConflictError):
    """A list of the workspace is full."""

    code = "too_many"
    title = "The list is full"


class KindPeriodError(MalformedError):
    """It would end before it began."""

    code = "kind_period"
    title = "`until` lies before `since`"


class AttributeValueError(MalformedError):
    """The value does not fit the attribute's type; `wanted` says what does."""

    code = "attribute_value"
    title = "The value does not fit the attribute"


class AttributeOptionsError(MalformedError):
    """A choice has options, each once; nothing else has any."""

    code = "attribute_options"
    title = "A choice needs options, each once; other types have none"


class ReferenceNotFoundError(NotFoundError):
    """No other system calls the contact so."""

    code = "reference_not_found"
    title = "There is no such reference"


class ReferenceTakenError(ConflictError):
    """The other system calls another contact so; `contact_id` says which."""

    code = "reference_taken"
    title = "Another contact has this reference"


class NoLookupError(MalformedError):
    """Contacts are looked up by one thing at a time."""

    code = "lookup"
    title = "Give one of: system, type and external_id; network and external_id; email; phone; handle"


class CompanyNotFoundError(NotFoundError):
    """No such company in the caller's workspace."""

    code = "company_not_found"
    title = "There is no such company"


class DomainTakenError(ConflictError):
    """A domain is of one company; `companies` says whose it is."""

    code = "domain_taken"
    title = "Another company has this domain"


class DomainError(MalformedError):
    """Not an internet domain."""

    code = "domain"
    title = "Write a domain such as acme.example"


class ErasureNotFoundError(NotFoundError):
    """No such erasure in this workspace."""

    code = "erasure_not_found"
    title = "There is no such erasure"


class SameContactError(ConflictError):
    """A contact cannot be merged with itself, by whichever of its ids."""

    code = "same_contact"
    title = "These are one contact already"


class LoneProfileError(ConflictError):
    """The only profile of a contact cannot leave it."""

    code = "lone_profile"
    title = "The contact has no other profile"


class AddressNeededError(MalformedError):
    """Nothing by which a person, or an account of a known one, could be told from others."""

    code = "address_needed"
    title = "Give an e-mail address, a phone number, or an account's network and id; a new person may have a name alone"


class AccountNeededError(MalformedError):
    """A network without an id on it, or an id without its network."""

    code = "account_needed"
    title = "Give the network and the external_id of an account together, or neither"


class ProfileTakenError(ConflictError):
    """The account is one of several of another contact, whom `contact_id` names."""

    code = "profile_taken"
    title = "The account is another contact's; merge the two contacts, or detach it there first"


class MergeNotFoundError(NotFoundError):
    """No such entry in the journal of the caller's workspace."""

    code = "merge_not_found"
    title = "There is no such merge"


class MergeUndoneError(ConflictError):
    """It was taken back before."""

    code = "merge_undone"
    title = "This was taken back already"


class SuggestionNotFoundError(NotFoundError):
    """No such suggestion in the caller's workspace."""

    code = "suggestion_not_found"
    title = "There is no such suggestion"


class SuggestionDecidedError(ConflictError):
    """Somebody decided otherwise before; undo that first."""

    code = "suggestion_decided"
    title = "Somebody has decided this; undo it first"


class TooManyProfilesError(ConflictError):
    """So many people hang together by one address or name that nobody of them is moved by hand; block that address first."""

    code = "too_many_profiles"
    title = "Too many profiles hang together here; block the address that joins them, then try again"


class ContactHeldError(ConflictError):
    """A legal hold keeps the contact; `set_by` is the member who set it, null for an API key."""

    code = "contact_held"
    title = "The contact is under a legal hold and cannot be erased"


class HoldNotFoundError(NotFoundError):
    """Nothing holds the contact."""

    code = "hold_not_found"
    title = "The contact is under no legal hold"


class RetentionChangedError(ConflictError):
    """Somebody else was faster; `version` is the present one."""

    code = "retention_changed"
    title = "The rules were changed meanwhile"


class RetentionRulesError(MalformedError):
    """These rules make no sense together."""

    code = "retention_rules"
    title = "The rules cannot be kept like this"


class LeadNotFoundError(NotFoundError):
    """No such lead in the caller's workspace."""

    code = "lead_not_found"
    title = "There is no such lead"


class LeadClosedError(ConflictError):
    """What became of a lead in the end is not changed; `state` says what did."""

    code = "lead_closed"
    title = "The lead was rejected, won or lost already"


class LeadReasonError(MalformedError):
    """Whoever rejects a lead says why."""

    code = "lead_reason"
    title = "Say in `reason` why the lead is rejected"
