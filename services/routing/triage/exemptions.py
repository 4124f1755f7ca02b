"""The only reasons for which nobody answers. Called by analysis; whatever no rule here names stays owed.

Questions, complaints, suggestions, reviews, direct messages, and praise or blame that names us are never exempt. A direct message is
let go only as sure spam or as the bare thanks that close a thread which we answered.
"""

from services.contracts.vocabulary import Addressed, Control, Kind
from services.routing.triage.reading import Reading

REASONS = {
    "reaction": "a reaction without words",
    "emoji": "an emoji or exclamation without words",
    "spam": "spam",
    "closing": "bare thanks that close the thread",
    "tag": "a tag of a friend",
    "peer": "one person answering another",
    "not_to_us": "talk that neither names nor asks us",
    "news": "a mention that neither asks, praises nor blames",
}
_WORDLESS = frozenset(
    {Kind.REACTION, Kind.UNREACTION, Kind.FOLLOW, Kind.UNFOLLOW, Kind.CLICK, Kind.PURCHASE, Kind.STAGE, Kind.RECEIPT, Kind.ASSIGNMENT}
)
_SALES_MATTERS = ("price", "availability", "payment_terms", "quote", "buy_now")
_SERVICE_MATTERS = (
    "fault",
    "not_arrived",
    "refund",
    "account",
    "checkout",
    "howto",
    "support_bad",
    "wrong_charge",
    "danger",
    "leak",
    "legal",
)
_OTHER_MATTERS = ("press", "job", "staff", "suggestion", "ad", "statement", "society")
_MATTERS = _SALES_MATTERS + _SERVICE_MATTERS + _OTHER_MATTERS
_COMPLAINTS = ("fault", "not_arrived", "support_bad", "wrong_charge", "danger", "leak", "suggestion")
_FORUM_MATTERS = ("fault", "howto", "account", "order", "not_arrived", "refund", "checkout", "help")
_FEELINGS = ("praise", "advocacy", "staff_praise", "blame", "rumour", "verdict")
_SHORT_WORDS = 9


def find_exemption(reading: Reading) -> str | None:
    """A key of `REASONS`, or None: an answer is owed."""
    message = reading.message
    if message.kind in _WORDLESS:
        return "reaction"
    if message.kind is Kind.REVIEW or message.rating is not None:
        return "spam" if is_spam(reading) and message.rating is None else None
    for reason, applies in (("spam", is_spam), ("closing", _closes_thread)):
        if applies(reading):
            return reason
    if message.kind is Kind.DIRECT and not message.public:
        return "emoji" if message.answers_us and _is_wordless(reading) else None
    for reason, applies in (("emoji", _is_wordless), ("tag", _tags_friend), ("peer", _answers_peer), ("not_to_us", _speaks_to_others)):
        if applies(reading):
            return reason
    return "news" if _is_neutral_mention(reading) else None


def is_spam(reading: Reading) -> bool:
    """Offers of strangers. A real matter of a customer needs more proof; a lone link in public is enough."""
    heard = reading.of("spam_words") + (1.0 if reading.has_link else 0.0)
    if reading.has_link and reading.message.public and reading.word_count < 3 and not reading.message.answers_us:
        return True
    customer = reading.any_of(*_COMPLAINTS, "order", "refund", "account", "job", least=2.0)
    return reading.of("spam_words") >= 1 and heard >= (5.0 if customer else 3.0)


def _is_wordless(reading: Reading) -> bool:
    if reading.message.has_attachment or "?" in reading.text:
        return False
    if reading.word_count == 0:
        return not reading.has_link
    laughs = {place for hit in reading.hits if hit.intent == "look" for place in range(hit.first, hit.last + 1)}
    return reading.word_count <= 2 and len(laughs) >= reading.word_count


def _closes_thread(reading: Reading) -> bool:
    """Thanks or "solved" and nothing else; praise beyond the thanks is praise, and is answered."""
    if not reading.message.answers_us or reading.asks or reading.word_count > _SHORT_WORDS or not reading.any_of("thanks", "closing"):
        return False
    closing = {place for hit in reading.hits if hit.intent in ("thanks", "closing") for place in range(hit.first, hit.last + 1)}
    praise = any(hit.first not in closing for hit in reading.hits if hit.intent in ("praise", "advocacy", "staff_praise"))
    return not praise and not reading.any_of(*_MATTERS, "blame", "compare", "suits", "leaving", "repeat", least=2.0)


def _tags_friend(reading: Reading) -> bool:
    message = reading.message
    if message.kind is not Kind.COMMENT or not (reading.begins_with_tag or message.mentions) or reading.word_count > _SHORT_WORDS:
        return False
    if reading.any_of("look", least=2.0):
        return not reading.any_of("price", "fault", "not_arrived", "support_bad", "refund", "checkout", least=2.0)
    return not reading.any_of(*_MATTERS, "blame", "praise", "compare", "suits", least=2.0)


def _answers_peer(reading: Reading) -> bool:
    message = reading.message
    if message.kind is not Kind.COMMENT or reading.any_of(*_COMPLAINTS, "blame", least=2.0):
        return False
    if message.answers_peer:
        return not (reading.asks and reading.any_of(*_MATTERS, "compare", "suits", least=2.0))
    if reading.asks or reading.any_of("advocacy", "price", "availability", "buy_now", "order", least=2.0):
        return False
    return reading.of("peer") >= (4.0 if reading.any_of("praise", least=2.0) else 2.0)


def _speaks_to_others(reading: Reading) -> bool:
    """It is known to name nobody of ours; a question for help or a complaint to "you" still wins, as in a forum of users."""
    if reading.message.addressed is not Addressed.OTHERS:
        return False
    to_us = reading.of("you") >= 1 and (reading.asks or reading.any_of(*_COMPLAINTS, least=2.0))
    for_help = reading.asks and reading.any_of(*_FORUM_MATTERS, least=2.0)
    return not (to_us or for_help)


def _is_neutral_mention(reading: Reading) -> bool:
    message = reading.message
    elsewhere = message.control in (Control.THIRD_PARTY, Control.COMPETITOR) or message.addressed is Addressed.ABOUT_US
    if message.kind not in (Kind.MENTION, Kind.POST) or not elsewhere or reading.asks:
        return False
    return not reading.any_of(*_FEELINGS, *_COMPLAINTS, "press", "influencer", "buy_now", "account", "help")
