"""What colours a message beside its matter: feeling and crisis. Called by analysis; pure."""

from services.contracts.vocabulary import Sentiment
from services.routing.triage.reading import Reading

_ANGRY = frozenset("😡🤬👎😠💩😤🤮😒🙄")
_HAPPY = frozenset("😍❤👍🔥😊🎉🥰😀😁💕💯👏🙌")
_BAD_RATING = 2.5
_GOOD_RATING = 4.0


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


def is_crisis(reading: Reading) -> bool:
    """Harm or outrage likely to touch many: danger or a data leak said strongly, or said of many."""
    many = reading.any_of("mass", least=2.0) or reading.any_of("press", "rumour", "legal", least=2.0)
    harm = reading.of("danger") >= 4.0 or reading.of("leak") >= 4.0
    return harm or (many and reading.any_of("danger", "leak", least=2.0))
