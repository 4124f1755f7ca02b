"""What colours a message beside its matter: feeling, urgency and the flags that start other work. Called by analysis; pure."""

from services.contracts.vocabulary import Discipline, Sentiment, Urgency
from services.routing.triage.deadlines import find_hour
from services.routing.triage.folding import fold
from services.routing.triage.reading import Reading

_ANGRY = frozenset("😡🤬👎😠💩😤🤮😒🙄")
_HAPPY = frozenset("😍❤👍🔥😊🎉🥰😀😁💕💯👏🙌")
_BAD_RATING = 2.5
_GOOD_RATING = 4.0
_OPEN_MATTERS = ("fault", "not_arrived", "refund", "order", "account", "support_bad", "wrong_charge")
_SHORTFALLS = ("fault", "not_arrived", "support_bad", "wrong_charge", "checkout", "outage")


def feel_sentiment(reading: Reading) -> tuple[Sentiment, float]:
    """The stronger side and how sure, 0 to 1; a plain fault report is neutral, praise beside trouble counts as irony."""
    good = reading.of("praise") + reading.of("advocacy") + reading.of("staff_praise") + 0.4 * reading.of("thanks")
    bad = 1.2 * reading.of("blame") + 0.8 * reading.of("support_bad") + 0.6 * reading.of("repeat") + 0.5 * reading.of("leaving")
    if reading.ironic:
        good, bad = 0.0, bad + good
    good += sum(character in _HAPPY for character in reading.text[:500])
    bad += sum(character in _ANGRY for character in reading.text[:500])
    rating = reading.message.rating
    if rating is not None:
        good += 4.0 if rating >= _GOOD_RATING else 0.0
        bad += 4.0 if rating <= _BAD_RATING else 0.0
    if max(good, bad) < 1.0:
        return Sentiment.NEUTRAL, 0.6
    side = Sentiment.POSITIVE if good > bad else Sentiment.NEGATIVE
    return side, (max(good, bad) + 0.5) / (good + bad + 1.0)


def weigh_urgency(reading: Reading, *, discipline: Discipline, owed: bool, crisis: bool) -> Urgency:
    """High where waiting costs something, low where days do no harm."""
    if not owed:
        return Urgency.LOW
    if crisis or _cannot_wait(reading, discipline=discipline):
        return Urgency.HIGH
    idle = reading.any_of("praise", "advocacy", "staff_praise", "suggestion", "wish_own", "brand_interest", least=2.0)
    pressing = reading.any_of(*_OPEN_MATTERS, "checkout", "blame", "price", "availability", "buy_now", "quote", "press", least=2.0)
    return Urgency.LOW if idle and not pressing else Urgency.NORMAL


def is_crisis(reading: Reading) -> bool:
    """Harm or outrage likely to touch many: danger or a data leak said strongly, or said of many."""
    many = reading.any_of("mass", least=2.0) or reading.any_of("press", "rumour", "legal", least=2.0)
    harm = reading.of("danger") >= 4.0 or reading.of("leak") >= 4.0
    return harm or (many and reading.any_of("danger", "leak", least=2.0))


def is_ready(reading: Reading) -> bool:
    """The writer says now; asking about jobs, press or money back is no purchase, and "later" is later."""
    blocked = reading.any_of("later", "job", "staff", "press", "refund", "fault", "ad_offer", "influencer", least=1.0)
    return reading.of("buy_now") >= 2.0 and not blocked


def is_complaint(reading: Reading, *, discipline: Discipline) -> bool:
    """Something of ours fell short; dislike of news alone does not."""
    rating = reading.message.rating
    if rating is not None and rating <= _BAD_RATING:
        return True
    if discipline is Discipline.PR and not reading.any_of("blame", "support_bad", least=2.0):
        return False
    return reading.any_of(*_SHORTFALLS, "blame", least=2.0) or (reading.any_of("ad") and reading.any_of("ad_reaction", least=2.0))


def is_suggestion(reading: Reading) -> bool:
    """A change or addition is proposed."""
    return reading.of("suggestion") >= 2.0


def _cannot_wait(reading: Reading, *, discipline: Discipline) -> bool:
    if reading.any_of("wrong_charge", "legal", "danger", "leak", least=2.0):
        return True
    if reading.any_of("leaving", least=2.0) and reading.any_of(*_OPEN_MATTERS, "blame", least=2.0):
        return True
    waiting = reading.any_of("repeat", "support_bad", least=2.0) and reading.any_of(*_OPEN_MATTERS, least=1.0)
    due = (reading.any_of("deadline", least=2.0) or find_hour(fold(reading.text)) is not None) and discipline in (
        Discipline.SERVICE,
        Discipline.PR,
        Discipline.SALES,
    )
    return waiting or due
