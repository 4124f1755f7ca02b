"""What mails mean: forged, broken, huge and hostile ones too. Parsing never raises, and never takes a sender's word for ours."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.contracts.interaction import NeutralEvent
from services.contracts.vocabulary import Direction, Kind, Source
from services.engagement.connectors import connectors
from services.engagement.connectors.email.handed_in import mails_in
from services.engagement.connectors.email.stored import StoredMail, item_of
from services.engagement.connectors.email.texts import said_in, text_of_html
from services.engagement.connectors.email.threads import ancestors, subject_root
from services.engagement.protocol import ChannelFacts, Delivery, Parsed
from tests.engagement.connectors.case_files import cases
from tests.engagement.connectors.mail import ADDRESS, mail_of
from tests.engagement.connectors.test_properties import assert_sound

AT = datetime(2026, 11, 23, 10, tzinfo=UTC)
FACTS = ChannelFacts(platform="email", account=ADDRESS, config={"trusted_authserv_id": "mx.acme.example"})
FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
MAILS = [case.request().body for case in cases() if case.platform == "email" and case.receives]
REPLY_ID = "0197a000-0000-7000-8000-000000000001"


def parse(raw: bytes, **stored: Any) -> Parsed:
    item = item_of(StoredMail(raw=raw, **{"arrived_at": AT, **stored}))
    return connectors()["email"].parse(Delivery(channel=FACTS, key=item.key, body=item.body, received_at=AT))


def event(raw: bytes, **stored: Any) -> NeutralEvent:
    (found,) = parse(raw, **stored).events
    return found


def verified(*results: str, sender: str = "Ines <ines@ferrer.example>") -> bool:
    lines = "".join(f"Authentication-Results: {each}\r\n" for each in results)
    author = event(lines.encode() + mail_of(From=sender)).author
    return author.emails[0].verified


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        (["mx.acme.example; dmarc=pass header.from=ferrer.example"], True),
        (["MX.ACME.EXAMPLE 1; dkim=pass (2048 bit; a (nested) comment) header.d=ferrer.example"], True),
        (["mx.acme.example; spf=pass smtp.mailfrom=ines@ferrer.example"], True),
        (["mx.acme.example; dmarc=fail header.from=ferrer.example; spf=pass smtp.mailfrom=ferrer.example"], False),
        (["mx.acme.example; dmarc=none; dkim=pass header.d=ferrer.example"], True),
        (["mx.acme.example; dmarc=pass header.from=evil.example"], False),
        (["mx.acme.example; dkim=pass header.d=evil.example"], False),
        (["mx.acme.example; dkim=pass header.d=example"], False),
        (["mx.acme.example; none"], False),
        (["mx.acme.example"], False),
        ([""], False),
        (["evil.example; dmarc=pass header.from=ferrer.example"], False),
        (["mx.acme.example; dmarc=fail header.from=ferrer.example", "mx.acme.example; dmarc=pass header.from=ferrer.example"], False),
        (["(mx.acme.example; dmarc=pass) evil.example; dmarc=pass header.from=ferrer.example"], False),
        ([], False),
    ],
)
def test_only_our_own_server_can_vouch_for_an_author(results: list[str], *, expected: bool) -> None:
    assert verified(*results) is expected


def test_two_authors_are_none_that_anybody_vouches_for() -> None:
    passed = "mx.acme.example; dmarc=pass header.from=ferrer.example"
    assert not verified(passed, sender="a@ferrer.example, b@ferrer.example")


@pytest.mark.parametrize(
    ("subject", "root"),
    [
        ("Re: Order 8812", "order 8812"),
        ("AW: RE[2]: Fwd:  Order  8812", "order 8812"),
        ("Sv: R: order 8812", "order 8812"),
        ("\u56de\u590d\uff1a order 8812", "order 8812"),
        ("Return of order 8812", "return of order 8812"),
        ("Re:", ""),
        ("", ""),
    ],
)
def test_the_root_of_a_subject(subject: str, root: str) -> None:
    assert subject_root(subject) == root


def test_of_a_long_line_of_references_the_nearest_and_the_first_are_kept() -> None:
    line = " ".join(f"<{number}@x>" for number in range(100))
    found = ancestors(in_reply_to="<99@x>", references=line)
    assert (found[0], found[1], found[-1], len(found)) == ("99@x", "98@x", "0@x", 20)


@pytest.mark.parametrize(
    ("text", "new", "quoted"),
    [
        ("Yes.\n\nOn 1 May 2026, Acme wrote:\n> Shall we?", "Yes.", "On 1 May 2026, Acme wrote:\n> Shall we?"),
        ("Ja.\n-----Urspr\u00fcngliche Nachricht-----\nVon: Acme", "Ja.", "-----Urspr\u00fcngliche Nachricht-----\nVon: Acme"),
        (
            "Oui.\n\nDe : Acme\nEnvoy\u00e9 : lundi\n\u00c0 : Ines\nObjet : Re",
            "Oui.",
            "De : Acme\nEnvoy\u00e9 : lundi\n\u00c0 : Ines\nObjet : Re",
        ),
        ("> Shall we?\nYes.\n> When?\nToday.", "> Shall we?\nYes.\n> When?\nToday.", ""),
        ("> only a quote", "> only a quote", ""),
        ("No quote here. On we go.", "No quote here. On we go.", ""),
        ("", "", ""),
    ],
)
def test_what_is_new_and_what_is_quoted(text: str, new: str, quoted: str) -> None:
    said = said_in(text)
    assert (said.new, said.quoted) == (new, quoted)


def test_of_html_the_words_remain_and_nothing_that_runs_or_hides() -> None:
    html = '<!-- note --><p onclick="x()">Hi&nbsp;<b>you</b> 1 < 2</p><script>evil()</script><img src="http://t.example/p.gif">'
    text = text_of_html(html + '<div style="display: none">psst</div>')
    assert "Hi" in text
    assert "you" in text
    assert not any(word in text for word in ("evil", "psst", "http", "<p", "onclick", "note"))


def test_sent_mail_of_a_colleague_is_an_answer_and_ours_an_echo() -> None:
    mail = mail_of(From=f"Acme <{ADDRESS}>", To=f"{ADDRESS}, Ines <ines@ferrer.example>", References="<m0@ferrer.example>")
    native = event(mail, sent=True)
    assert (native.direction, native.echo_of, native.thread) == (Direction.OUTBOUND, None, "m0@ferrer.example")
    assert native.recipient is not None
    assert native.recipient.external_id == "ines@ferrer.example"
    ours = mail_of(From=ADDRESS, To="ines@ferrer.example", Message_ID=f"<{REPLY_ID}.rapport@acme.example>")
    echo = event(ours, sent=True)
    assert (echo.echo_of, echo.id) == (REPLY_ID, f"{REPLY_ID}.rapport@acme.example")
    assert parse(mail_of(From=ADDRESS, To=ADDRESS), sent=True).ignored


def test_a_sender_cannot_write_our_line() -> None:
    forged = b"X-Rapport-Mailbox: folder=sent; source=live; at=1; size=\r\n" + mail_of()
    assert event(forged).direction is Direction.INBOUND
    assert parse(mail_of(From=ADDRESS)).ignored
    assert parse(mail_of(Message_ID=f"<{REPLY_ID}.rapport@acme.example>")).ignored


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Mon, 23 Nov 2026 09:30:00 +0000", AT - timedelta(minutes=30)),
        ("Mon, 23 Nov 2026 11:30:00 +0200", AT - timedelta(minutes=30)),
        ("Fri, 01 Jan 2038 00:00:00 +0000", AT),
        ("Thu, 01 Jan 1970 00:00:00 +0000", AT),
        ("yesterday", AT),
        ("", AT),
        ("Mon, 99 Nov 99999 99:99:99 +9999", AT),
    ],
)
def test_a_senders_clock_is_believed_within_reason(date: str, expected: datetime) -> None:
    assert event(mail_of(Date=date)).occurred_at == expected


def test_mail_read_again_is_history() -> None:
    assert event(mail_of(), source=Source.BACKFILL).source is Source.BACKFILL


def test_a_failure_of_an_old_mail_server_is_told_by_its_header() -> None:
    raw = mail_of(
        f"Message-ID: <{REPLY_ID}.rapport@acme.example>",
        From="Mail Delivery <mailer-daemon@mx.acme.example>",
        X_Failed_Recipients="x@y.example",
    )
    found = event(raw)
    assert found.kind is Kind.RECEIPT
    assert found.receipt is not None
    assert (found.receipt.state, found.receipt.external_id) == ("failed", f"{REPLY_ID}.rapport@acme.example")


HOSTILE = {
    "nested multiparts": b"From: a@b.c\r\n"
    + b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (n, n) for n in range(3_000)),
    "nested mails": b"From: a@b.c\r\nContent-Type: message/rfc822\r\n\r\n" * 2_000,
    "many parts": b'From: a@b.c\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\nx\r\n" * 20_000,
    "a header of a megabyte": b"From: " + b"a" * 1_000_000 + b"@b.c\r\nSubject: " + b"x" * 1_000_000 + b"\r\n\r\nhello",
    "a hundred thousand headers": b"From: a@b.c\r\n" + b"X-A: b\r\n" * 100_000 + b"\r\nhello",
    "a hundred thousand addresses": b"From: a@b.c\r\nTo: " + b"a@b.c, " * 100_000 + b"\r\n\r\nhello",
    "comments in comments": b"From: a@b.c\r\nAuthentication-Results: mx.acme.example" + b"(" * 50_000 + b")" * 50_000 + b"\r\n\r\nhello",
    "prefixes": b"From: a@b.c\r\nSubject: " + b"Re: " * 50_000 + b"\r\n\r\nhello",
    "open tags": b"From: a@b.c\r\nContent-Type: text/html\r\n\r\n" + b"<" * 100_000,
    "open comments": b"From: a@b.c\r\nContent-Type: text/html\r\n\r\n" + b"<!--" * 25_000,
    "half tags": b"From: a@b.c\r\nContent-Type: text/html\r\n\r\n" + b"<a" * 50_000 + b">",
    "open attributes": b"From: a@b.c\r\nContent-Type: text/html\r\n\r\n" + b"<a b='" * 20_000 + b">",
    "half ends": b"From: a@b.c\r\nContent-Type: text/html\r\n\r\n" + b"</" * 50_000,
    "open declarations": b"From: a@b.c\r\nContent-Type: text/html\r\n\r\n" + b"<!a <?b <![c" * 9_000,
    "deep tags": b"From: a@b.c\r\nContent-Type: text/html\r\n\r\n" + b"<div style=display:none>" * 50_000 + b"</div>" * 50_000,
    "quoted lines": b"From: a@b.c\r\n\r\n" + b"> x\r\n" * 100_000,
    "dividers": b"From: a@b.c\r\n\r\n" + b"On " * 100_000 + b"wrote:",
    "odd charset": b'From: a@b.c\r\nContent-Type: text/plain; charset="utf-16\x00"\r\n\r\n\xff\xfeh',
    "broken base64": b"From: a@b.c\r\nContent-Transfer-Encoding: base64\r\n\r\n====A",
    "broken words": b"From: =?utf-8?b?\xff\xfe?= <a@b.c>\r\nSubject: =?x?q?=ZZ?= =?utf-8?b?A?=\r\n\r\nhello",
    "NULs": b"From: a@b.c\r\nSubject: a\x00b\r\nMessage-ID: <a\x00b@c>\r\n\r\nx\x00y",
    "no blank line": b"From: a@b.c",
    "only a mark": b"X-Rapport-Mailbox: ",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mails_are_read_or_kept_but_never_raise(name: str) -> None:
    assert_sound(parse(HOSTILE[name]))


@FUZZ
@given(raw=st.binary(max_size=400))
def test_bytes_of_any_kind_never_raise(raw: bytes) -> None:
    assert_sound(parse(b"From: a@b.c\r\n" + raw))
    assert_sound(parse(raw, sent=True))


@FUZZ
@given(data=st.data())
def test_mails_with_pieces_replaced_never_raise(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from(MAILS)))
    for _ in range(data.draw(st.integers(1, 6))):
        begin = data.draw(st.integers(0, len(raw)))
        end = min(len(raw), begin + data.draw(st.integers(0, 30)))
        raw[begin:end] = data.draw(
            st.binary(max_size=30) | st.sampled_from([b"\r\n", b"\r\n\r\n", b"=?utf-8?q?", b"<>", b'"', b"boundary="])
        )
    assert_sound(parse(bytes(raw), sent=data.draw(st.booleans())))


@FUZZ
@given(
    name=st.sampled_from(
        ["From", "To", "Subject", "Date", "Message-ID", "References", "In-Reply-To", "Content-Type", "Reply-To", "List-Id"]
    ),
    value=st.text(max_size=80),
)
def test_headers_of_any_text_never_raise(name: str, value: str) -> None:
    line = f"{name}: {value}".encode("utf-8", "surrogatepass").replace(b"\n", b" ").replace(b"\r", b" ")
    assert_sound(parse(line + b"\r\n" + mail_of()))
    assert_sound(parse(line + b"\r\n" + mail_of(), sent=True))


def test_the_same_mail_means_the_same_whenever_it_is_read() -> None:
    for raw in MAILS:
        item = item_of(StoredMail(raw=raw, arrived_at=AT))
        delivery = Delivery(channel=FACTS, key=item.key, body=item.body, received_at=AT)
        later = replace(delivery, received_at=AT + timedelta(days=3))
        assert connectors()["email"].parse(delivery) == connectors()["email"].parse(later)


def test_a_form_is_told_from_a_mail_however_many_blanks_follow() -> None:
    form = b"from=ines%40ferrer.example&subject=Lamps&text=Where"
    assert len(mails_in(form + b" \t\r\n \n") or []) == 1
    assert mails_in(form + b"\r\nmore") is None
    assert mails_in(b"a=" + b" " * 1_000_000 + b"\nmore") is None
