"""The public sets that a shipped model may learn from, and those that only measure. Called by training; reads `../shared/data`."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from services.routing.triage.training.examples import Example, plain

_FEELINGS = ("negative", "neutral", "positive")
_SHOP_WEIGHT = 0.5
_TWEET_WEIGHT = 0.15
_SPAM_WEIGHT = 1.0
_TUBE = ("Youtube01-Psy.csv", "Youtube02-KatyPerry.csv", "Youtube03-LMFAO.csv")
SHOPS = "curekart_train.csv", "sofmattress_train.csv", "powerplay11_train.csv"
# What the questions to three shops are about: discipline and phase by the set's own label.
_SHOP_MATTERS: Mapping[tuple[str, str], str] = {
    ("sales", "pre"): "RECOMMEND_PRODUCT CONSULT_START ORTHO_FEATURES ERGO_FEATURES COMPARISON WHAT_SIZE_TO_ORDER ABOUT_SOF_MATTRESS"
    " PRODUCT_VARIANTS PILLOWS 100_NIGHT_TRIAL_OFFER IMMUNITY SIDE_EFFECT",
    (
        "sales",
        "purchase",
    ): "ORDER_TAKING CHECK_PINCODE STORE_INFORMATION FRANCHISE MODES_OF_PAYMENTS INTERNATIONAL_SHIPPING DISTRIBUTORS EMI"
    " MATTRESS_COST LEAD_GEN COD SIZE_CUSTOMIZATION OFFERS",
    ("service", "post"): "REFUNDS_RETURNS_REPLACEMENTS RESUME_DELIVERY ORDER_STATUS DELAY_IN_PARCEL MODIFY_ADDRESS CANCEL_ORDER"
    " ORDER_QUERY PORTAL_ISSUE"
    " RETURN_EXCHANGE DELAY_IN_DELIVERY WARRANTY CHECK_DEPOSIT_STATUS WITHDRAWAL_STATUS POINTS_NOT_UPDATED CHECK_WALLET_BALANCE"
    " VERIFY_EMAIL CHANGE_PROFILE_TEAM_DETAILS CANNOT_SEE_JOINED_CONTESTS ACCOUNT_BALANCE_DEDUCTED CHANGE_MOBILE_NUMBER VERIFY_MOBILE"
    " REFUND_OF_ADDED_CASH ACCOUNT_NOT_VERIFIED VERIFY_PAN REFUND_OF_WRONG_AMOUNT NO_EMAIL_CONFIRMATION DELETE_PAN_CARD"
    " DEDUCTED_AMOUNT_NOT_RECEIVED LESS_WINNINGS_AMOUNT ACCOUNT_RESET PAN_VERIFICATION_FAILED WRONG_SCORES",
    ("marketing", "post"): "REFER_EARN APPRECIATION FEEDBACK",
    ("marketing", "pre"): "OFFERS_AND_REFERRALS CAPABILITIES",
    ("hr", "none"): "WORK_FROM_HOME",
}


def read_tweets(folder: Path) -> list[Example]:
    """English tweets with their feeling; the few of a crisis among them are too few to mislead the heads that they say "no" to."""
    rows = _table(folder / "tweeteval/sentiment/train_rebuilt_semeval13-16.tsv")
    return [_tweet(row["text"], feeling=int(row["label"])) for row in rows]


def read_tweets_to_measure(folder: Path) -> list[Example]:
    """The set's own validation part."""
    texts = (folder / "tweeteval/sentiment/val_text.txt").read_text(encoding="utf-8").split("\n")
    labels = (folder / "tweeteval/sentiment/val_labels.txt").read_text(encoding="utf-8").split()
    return [_tweet(text, feeling=int(label)) for text, label in zip(texts, labels, strict=False)]


def read_shops(folder: Path) -> list[Example]:
    """Questions to three shops, by discipline and phase."""
    matters = {label: place for place, labels in _SHOP_MATTERS.items() for label in labels.split()}
    found = []
    for name in SHOPS:
        for row in _comma_table(folder / "hint3" / name):
            if place := matters.get(row["label"]):
                labels = {"discipline": {place[0]: 1.0}, "phase": {place[1]: 1.0}, "spam": {"no": 1.0}, "deserves_answer": {"yes": 1.0}}
                found.append(plain(row["sentence"], labels=labels, source="hint3", weight=_SHOP_WEIGHT))
    return found


def read_spam(folder: Path) -> list[Example]:
    """Comments beneath videos and short messages, with and without adverts of strangers."""
    found = [
        _spam(row["CONTENT"], yes=row["CLASS"] == "1", source="youtube")
        for name in _TUBE
        for row in _comma_table(folder / "youtube_spam" / name)
    ]
    return found + [_spam(row["SMS"], yes=row["Label"] == "spam", source="sms") for row in _table(folder / "sms_spam/train.tsv")]


def _tweet(text: str, *, feeling: int) -> Example:
    return plain(text, labels={"sentiment": {_FEELINGS[feeling]: 1.0}}, source="tweets")


def read_bystanders(folder: Path, *, every: int = 12) -> list[Example]:
    """Some of the tweets again: what people say among themselves is no spam, no suggestion to us, and nobody there buys."""
    no = {name: {"no": 1.0} for name in ("spam", "ready", "crisis", "suggestion")}
    return [plain(each.text, labels=no, source="bystanders", weight=_TWEET_WEIGHT) for each in read_tweets(folder)[::every]]


def _spam(text: str, *, yes: bool, source: str) -> Example:
    return plain(text, labels={"spam": {"yes" if yes else "no": 1.0}}, source=source, weight=_SPAM_WEIGHT, kind="comment")


def _table(path: Path) -> Iterator[dict[str, str]]:
    """Rows of a file divided by tabs, in which quotation marks mean nothing."""
    with path.open(encoding="utf-8", newline="\n") as lines:
        yield from csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)


def _comma_table(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)
