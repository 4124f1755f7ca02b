"""The closed lists of the glossary: kinds, disciplines, phases, states. Called everywhere; holds no behaviour.

Values are stored as text (never as a database enum, whose operators lose their index under row-level security).
"""

from enum import StrEnum


class Kind(StrEnum):
    """What happened between a person and the company, or about it."""

    DIRECT = "direct"
    COMMENT = "comment"
    MENTION = "mention"
    POST = "post"
    REVIEW = "review"
    REACTION = "reaction"
    UNREACTION = "unreaction"
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
    CLICK = "click"
    PURCHASE = "purchase"
    STAGE = "stage"
    ASSIGNMENT = "assignment"
    NOTE = "note"
    RECORD = "record"
    RECEIPT = "receipt"
    EDIT = "edit"
    DELETION = "deletion"


class Addressed(StrEnum):
    """Whom an interaction speaks to."""

    US = "us"
    ABOUT_US = "about_us"
    OTHERS = "others"


class Control(StrEnum):
    """Who controls a venue."""

    OURS = "ours"
    PARTNER = "partner"
    COMPETITOR = "competitor"
    THIRD_PARTY = "third_party"


class Media(StrEnum):
    """How reach in a venue is come by."""

    PAID = "paid"
    OWNED = "owned"
    EARNED = "earned"


class Source(StrEnum):
    """How an interaction reached us."""

    LIVE = "live"
    BACKFILL = "backfill"
    IMPORT = "import"


class Direction(StrEnum):
    """Who spoke: a person to us, or we to a person."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Ledger(StrEnum):
    """The one state of every inbound interaction: inbound = the sum of the five, at every instant."""

    OWED = "owed"
    ANSWERED = "answered"
    DECLINED = "declined"
    EXEMPT = "exempt"
    ALARM = "alarm"


class ReplyState(StrEnum):
    """Where a reply stands between us and the platform."""

    PROPOSED = "proposed"
    REJECTED = "rejected"
    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNKNOWN = "unknown"


class UnsentState(StrEnum):
    """How a reply did not go out: the three states of ReplyState in which somebody has to look at it."""

    FAILED = "failed"
    UNKNOWN = "unknown"
    REJECTED = "rejected"


class ChangeKind(StrEnum):
    """What is done to a reply that was sent."""

    EDIT = "edit"
    DELETION = "deletion"


class ChangeState(StrEnum):
    """Where an edit or deletion of a sent reply stands. Until `done`, what was sent stands; `unknown`: in doubt."""

    QUEUED = "queued"
    SENDING = "sending"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Breaker(StrEnum):
    """Whether a channel's replies go out: closed, all do; open, none does; half open, one tries."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class ConnectorAbility(StrEnum):
    """What a connector can do beside receiving and sending."""

    LISTEN = "listen"
    BACKFILL = "backfill"
    LOOK_UP = "look_up"
    CHECK = "check"
    EDIT = "edit"
    DELETE = "delete"
    HIDE = "hide"
    LIKE = "like"
    SUBSCRIBE = "subscribe"
    TEMPLATES = "templates"


class ChannelStatus(StrEnum):
    """How a channel fares: in words, the first of its troubles."""

    WORKING = "working"
    PAUSED = "paused"
    REFUSED = "refused"
    INTERRUPTED = "interrupted"
    HELD = "held"


class SubscriptionState(StrEnum):
    """Whether a platform that wants to be told by a call where to deliver was told. `none`: it does not, or nobody asked for it."""

    NONE = "none"
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class PromiseState(StrEnum):
    """What became of what we promised a person for a time."""

    OPEN = "open"
    KEPT = "kept"
    BROKEN = "broken"
    WITHDRAWN = "withdrawn"


class ConversationStatus(StrEnum):
    """What a thread waits for."""

    OPEN = "open"
    PENDING = "pending"
    SNOOZED = "snoozed"
    CLOSED = "closed"


class InboxViewName(StrEnum):
    """A list of the inbox: work by its due time, threads and mentions the newest first."""

    MINE = "mine"
    OWNED = "owned"
    DISCIPLINES = "disciplines"
    UNASSIGNED = "unassigned"
    WAITING = "waiting"
    OVERDUE = "overdue"
    MENTIONS = "mentions"


class Priority(StrEnum):
    """How much a thread matters, by the judgement of members."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class Moderation(StrEnum):
    """What is done on the platform to what a person said there."""

    HIDE = "hide"
    SHOW = "show"
    LIKE = "like"
    UNLIKE = "unlike"


class BulkAction(StrEnum):
    """What a job does to every conversation that it is given."""

    CLOSE = "close"
    ASSIGN = "assign"
    LABEL = "label"
    SNOOZE = "snooze"
    DECLINE = "decline"


class JobState(StrEnum):
    """Where a job stands. A failed one was given up after several attempts; what it had done stays done."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class ImportKind(StrEnum):
    """What a file holds: people as a CRM or a network knows them, or those who follow somebody."""

    PROFILES = "profiles"
    FOLLOWERS = "followers"
    CHATWOOT = "chatwoot"


class ImportState(StrEnum):
    """Where an import stands. What one had done before it was cancelled or given up stays done."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"


class Discipline(StrEnum):
    """Who of us: the seven, and nobody."""

    MARKETING = "marketing"
    ADVERTISING = "advertising"
    PR = "pr"
    SALES = "sales"
    SERVICE = "service"
    CORPORATE_COMMUNICATIONS = "corporate_communications"
    HR = "hr"
    NONE = "none"


class Phase(StrEnum):
    """Where on the journey."""

    PRE = "pre"
    PURCHASE = "purchase"
    POST = "post"
    NONE = "none"


class Sentiment(StrEnum):
    """The writer's feeling towards us or the matter."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


class Urgency(StrEnum):
    """How soon an answer is due."""

    HIGH = "high"
    NORMAL = "normal"
    LOW = "low"


class TaskState(StrEnum):
    """Where a piece of social work stands."""

    NEW = "new"
    ASSIGNED = "assigned"
    IN_PROGRESS = "in_progress"
    ANSWERED = "answered"
    DONE = "done"
    DECLINED = "declined"


class Role(StrEnum):
    """What a member may do (what one works on is the discipline)."""

    ADMIN = "admin"
    MARKETER = "marketer"
    AGENT = "agent"
    PARTNER = "partner"


class InvitationState(StrEnum):
    """Whether an invitation can still be accepted: only an open one can."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REVOKED = "revoked"
    EXPIRED = "expired"


class ErasureReason(StrEnum):
    """Why a person is erased: a word of this list, so that the certificate says nothing of the person."""

    REQUEST = "request"
    OBJECTION = "objection"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    NO_LONGER_NEEDED = "no_longer_needed"
    UNLAWFUL = "unlawful"


class NotificationKind(StrEnum):
    """What a member is told of."""

    TASK_ASSIGNED = "task_assigned"
    DISCIPLINE_TASK = "discipline_task"
    MENTIONED = "mentioned"
    PROMISE_DUE = "promise_due"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"
    REPLY_FAILED = "reply_failed"
    REPLY_UNKNOWN = "reply_unknown"
    CHANNEL_TROUBLE = "channel_trouble"
    CRISIS = "crisis"
    LOW_RATING = "low_rating"
    REPLY_PROPOSED = "reply_proposed"


class PresenceActivity(StrEnum):
    """What somebody does in a conversation at this moment. Typing is a reply; noting is a note, which no customer hears of."""

    VIEWING = "viewing"
    TYPING = "typing"
    NOTING = "noting"
    AWAY = "away"


class DigestEvery(StrEnum):
    """How often a member's digest comes, if there is anything in it."""

    HOUR = "hour"
    DAY = "day"


class StakeholderKind(StrEnum):
    """What somebody is to the company. A person may be several at once, and another on another network."""

    PROSPECT = "prospect"
    CUSTOMER = "customer"
    PARTNER = "partner"
    INFLUENCER = "influencer"
    COMPETITOR = "competitor"
    PRESS = "press"
    EMPLOYEE = "employee"
    FORMER_EMPLOYEE = "former_employee"
    DETRACTOR = "detractor"


class AttributeType(StrEnum):
    """What the values of a workspace's own attribute are."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    CHOICE = "choice"
    URL = "url"


class ConsentState(StrEnum):
    """What a person said to a purpose. `unknown`: nothing that counts; an earlier word was taken back as recorded wrongly."""

    GRANTED = "granted"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    UNKNOWN = "unknown"


class ConsentSource(StrEnum):
    """By which way we learnt of it."""

    MEMBER = "member"
    API = "api"
    KEYWORD = "keyword"
    PREFERENCE_PAGE = "preference_page"
    ONE_CLICK = "one_click"
    IMPORT = "import"
