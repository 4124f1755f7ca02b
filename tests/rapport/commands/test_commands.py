"""What each topic does to a deployment, what it says, and how it refuses."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from rapport.commands.moments import read_since
from rapport.topics import TOPICS
from tests.engagement.platforms import joined
from tests.rapport.commands.conftest import ADMIN, SLUG, Operator

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def connected(operator: Operator, name: str) -> str:
    made = operator.run("channels", "connect", "inlet", name)
    assert made.code == 0, made.err
    return made.out.split()[1]


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_explains_itself(operator: Operator, topic: str) -> None:
    shown = operator.run(topic, "--help", data=False)

    assert shown.code == 0
    assert TOPICS[topic] in " ".join(shown.out.split())


def test_an_unknown_command_is_refused(operator: Operator) -> None:
    assert operator.run("chanels", data=False).code == 2


def test_a_workspace_is_made_with_an_administrator(operator: Operator) -> None:
    refused = operator.run("workspaces", "create", "second", "Second Ltd", "--admin", "ann at second")
    assert (refused.code, refused.out) == (1, "")
    assert [row["slug"] for row in operator.rows("workspaces", "list")] == [SLUG]
    made = operator.run("workspaces", "create", "second", "Second Ltd", "--admin", "ann@second.example")
    taken = operator.run("workspaces", "create", "second", "Again", "--admin", "x@second.example")

    assert "password" in made.out
    assert [row["slug"] for row in operator.rows("workspaces", "list")] == [SLUG, "second"]
    (member,) = operator.rows("members", "list", "-w", "second")
    assert (member["email"], member["role"], member["active"]) == ("ann@second.example", "admin", True)
    assert (taken.code, taken.out) == (1, "")
    ambiguous = operator.run("members", "list", RAPPORT_WORKSPACE=None)
    assert ambiguous.code == 1
    assert f"--workspace: {SLUG}, second" in ambiguous.err


def test_members_are_added_kept_out_and_let_in_again(operator: Operator) -> None:
    added = operator.run("members", "add", "tom@acme.example", "Tom", "--discipline", "sales", "--language", "en", "-w", SLUG)
    reset = operator.run("members", "reset-password", "tom@acme.example")
    out = operator.run("members", "deactivate", "tom@acme.example")

    assert (added.code, reset.code, out.code) == (0, 0, 0)
    passwords = {ran.out.split("password ")[1].split()[0] for ran in (added,)} | {reset.out.split(" is ")[1].split()[0]}
    assert len(passwords) == 2
    tom = next(row for row in operator.rows("members", "list") if row["email"] == "tom@acme.example")
    assert (tom["disciplines"], tom["active"]) == (["sales"], False)
    assert operator.run("members", "activate", "tom@acme.example").code == 0


def test_somebody_is_invited_and_a_member_leaves_with_a_successor(operator: Operator) -> None:
    sent = operator.run("members", "invite", "ida@acme.example", "--role", "marketer", "--discipline", "pr")
    (waiting,) = operator.rows("members", "invitations")
    again = operator.run("members", "resend-invitation", str(waiting["id"]))
    revoked = operator.run("members", "revoke-invitation", str(waiting["id"]))
    late = operator.run("members", "resend-invitation", str(waiting["id"]))
    operator.run("members", "add", "una@acme.example", "Una")
    out = operator.run("members", "deactivate", "una@acme.example", "--successor", ADMIN)

    assert (sent.code, again.code, revoked.code, late.code, out.code) == (0, 0, 0, 1, 0)
    links = {ran.out.split()[-1] for ran in (sent, again)}
    assert len(links) == 2
    assert all(each.startswith("ri_") for each in links)
    assert (waiting["email"], waiting["state"]) == ("ida@acme.example", "open")
    members = {row["email"]: row for row in operator.rows("members", "list")}
    assert members["una@acme.example"]["successor_id"] == members[ADMIN]["id"]


def test_the_last_administrator_and_a_stranger_are_refused(operator: Operator) -> None:
    last, stranger = operator.run("members", "deactivate", ADMIN), operator.run("members", "deactivate", "who@acme.example")

    assert (last.code, stranger.code) == (1, 1)
    assert last.err.strip()
    assert stranger.err.strip()
    assert next(row for row in operator.rows("members", "list") if row["email"] == ADMIN)["active"]


def test_a_key_is_shown_once_and_revoked(operator: Operator) -> None:
    made = operator.run("keys", "create", "crm", "--scope", "contacts:read", "--days", "30")
    token = made.out.splitlines()[0]
    (key,) = operator.rows("keys", "list")
    revoked = operator.run("keys", "revoke", key["id"])

    assert token.startswith("rk_")
    assert (key["name"], key["scopes"], key["revoked_at"]) == ("crm", ["contacts:read"], None)
    assert token not in operator.run("keys", "list").out
    assert revoked.code == 0
    assert operator.rows("keys", "list")[0]["revoked_at"] is not None
    assert operator.run("keys", "revoke", str(uuid4())).code == 1
    assert operator.run("keys", "create", "x", "--scope", "everything").code == 1


def test_a_channel_is_connected_paused_resumed_and_disconnected(operator: Operator, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("123456:ABCDEF\n")
    made = operator.run(
        "channels", "connect", "telegram", "Shop bot", "--credential", f"token=@{tmp_path / 'token'}", PUBLIC_URL="https://r.example"
    )
    channel = next(row for row in operator.rows("channels", "list") if row["name"] == "Shop bot")

    assert f"https://r.example{channel['webhook_path']}" in made.out
    assert "Signing secret" in made.out
    assert "is told that address" in made.out
    assert operator.run("channels", "subscribe", channel["id"]).code == 0
    assert operator.run("channels", "subscribe", str(uuid4())).code == 1
    assert "ABCDEF" not in operator.run("channels", "list").out
    for command, active in (("pause", False), ("resume", True)):
        assert operator.run("channels", command, channel["id"]).code == 0
        assert next(row for row in operator.rows("channels", "list") if row["id"] == channel["id"])["active"] is active
        health = next(row for row in operator.rows("channels", "health") if row["channel_id"] == channel["id"])
        assert (health["name"], health["status"]) == ("Shop bot", "working" if active else "paused")
    assert "is disconnected" in operator.run("channels", "disconnect", channel["id"]).out
    assert operator.run("channels", "resume", channel["id"]).code == 1


def test_a_person_is_sent_to_sign_in_by_the_companys_own_registration(operator: Operator, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("hush\n")
    with joined():
        begin = ("channels", "authorize", "guild", "--setting", "server=https://guild.example")
        unregistered = operator.run(*begin)
        values = ("--value", "client_id=ours", "--value", f"client_secret=@{tmp_path / 'secret'}")
        kept = operator.run("registrations", "set", "guild", *values)
        listed = operator.rows("registrations", "list")
        begun = operator.run(*begin, PUBLIC_URL="https://r.example")
        forgotten = operator.run("registrations", "forget", "guild")

    assert (unregistered.code, "OAUTH_GUILD_CLIENT_ID" in unregistered.err) == (1, True)
    assert (kept.code, listed, forgotten.code) == (0, [{"app": "guild"}], 0)
    assert begun.out.startswith(
        "https://guild.example/authorize?client_id=ours&redirect_uri=https%3A%2F%2Fr.example%2Foauth%2Fguild&state="
    )
    confirm = begun.out.splitlines()[1].partition("rapport ")[2].split()
    assert confirm[:2] == ["channels", "confirm"]
    early = operator.run(*confirm)
    assert (early.code, "nothing to confirm" in early.err) == (1, True)
    assert operator.run("registrations", "set", "nowhere", "--value", "client_id=x").code == 1


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("connect", "myspace", "x"), "myspace"),
        (("connect", "telegram", "x"), "token"),
        (("connect", "telegram", "x", "--credential", "token"), "NAME=VALUE"),
        (("connect", "telegram", "x", "--credential", "token=@/nowhere"), "cannot be read"),
        (("connect", "inlet", "x", "--setting", "replyurl=y"), "replyurl"),
        (("pause", str(uuid4())), "channel"),
    ],
)
def test_what_is_wrong_with_a_channel_is_said_and_nothing_is_made(operator: Operator, arguments: tuple[str, ...], complaint: str) -> None:
    before = operator.rows("channels", "list")

    ran = operator.run("channels", *arguments)

    assert (ran.code, ran.out) == (1, "")
    assert complaint in ran.err
    assert operator.rows("channels", "list") == before


def test_failed_deliveries_are_listed_and_read_again(operator: Operator) -> None:
    channel = connected(operator, "journalled")
    for number, state in enumerate(("failed", "unknown", "done")):
        operator.sql(
            "INSERT INTO engagement.journal (workspace_id, channel_id, key, id, day, received_at, state, reason)"
            " SELECT workspace_id, id, $2, $3, current_date, now(), $4, 'because' FROM engagement.channel WHERE id = $1",
            UUID(channel),
            bytes([number]) * 32,
            uuid4(),
            state,
        )

    assert [row["state"] for row in operator.rows("journal", "list", "--state", "failed")] == ["failed"]
    replayed = operator.run("journal", "replay")
    assert "read again" in replayed.out
    states = sorted(row["state"] for row in operator.rows("journal", "list"))
    assert states == ["done", "waiting", "waiting"]
    assert operator.run("journal", "replay", str(uuid4())).code == 1


def bury(operator: Operator, *, payload: str) -> None:
    operator.sql(
        "INSERT INTO identity.dead_letter (workspace_id, id, consumer, event_id, type, payload, reason, attempts, failed_at)"
        " SELECT workspace_id, $1, 'identity-profiles', $2, 'engagement.interaction.received', $3, 'KeyError', 8, now()"
        " FROM identity.workspace WHERE slug = $4",
        uuid4(),
        str(uuid4()),
        payload,
        SLUG,
    )


def test_a_letter_that_fails_again_stays_and_is_said(operator: Operator) -> None:
    bury(operator, payload="{}")

    (letter,) = operator.rows("dead-letters", "list")
    ran = operator.run("dead-letters", "redrive", letter["id"])

    assert (letter["service"], letter["redriven_at"]) == ("identity", None)
    assert ran.code == 1
    assert f"{letter['id']}: UndecodableEventError" in ran.err
    assert operator.rows("dead-letters", "list")[0]["redriven_at"] is None
    assert operator.run("dead-letters", "redrive", str(uuid4())).code == 1
    operator.sql("DELETE FROM identity.dead_letter")
    assert operator.run("dead-letters", "redrive").out == "0 redriven.\n"


def test_published_events_are_published_again(operator: Operator) -> None:
    connected(operator, "published")
    operator.sql("UPDATE engagement.outbox SET published_at = now() WHERE published_at IS NULL")
    count = operator.sql("SELECT count(*) AS n FROM engagement.outbox")[0]["n"]

    ran = operator.run("outbox", "replay", "--since", "1h")

    assert f"engagement: {count} events" in ran.out
    assert operator.sql("SELECT count(*) AS n FROM engagement.outbox WHERE published_at IS NULL")[0]["n"] == count > 0
    assert operator.run("outbox", "replay", "--since", "yesterday").code == 1


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("90m", NOON - timedelta(minutes=90)),
        ("7d", NOON - timedelta(days=7)),
        ("2026-05-04T12:00:00+02:00", datetime(2026, 5, 4, 10, tzinfo=UTC)),
        ("2026-05-04T12:00:00", None),
        ("soon", None),
    ],
)
def test_a_moment_is_a_span_or_a_time_with_its_offset(given: str, meant: datetime | None) -> None:
    assert read_since(given, now=NOON) == meant


def test_connectors_are_listed_without_a_server(operator: Operator) -> None:
    ran = operator.run("connectors", "list", "--json", data=False)

    assert {row["platform"] for row in ran.rows} >= {"telegram", "inlet"}


def test_payload_files_are_parsed_to_lines(operator: Operator, tmp_path: Path) -> None:
    good, odd = tmp_path / "good.json", tmp_path / "odd.json"
    good.write_text(
        '{"update_id":1,"message":{"message_id":5,"date":1777888800,"text":"hi","from":{"id":7,"first_name":"Ann"},'
        '"chat":{"id":7,"type":"private"}}}'
    )
    odd.write_text("not json")

    ran = operator.run("connectors", "parse", "telegram", str(good), str(odd), data=False)
    missing = operator.run("connectors", "parse", "telegram", str(tmp_path / "none.json"), str(good), data=False)

    assert [(row["file"], row["kind"]) for row in ran.rows] == [(str(good), "direct"), (str(odd), "unknown")]
    assert ran.code == 0
    assert (missing.code, len(missing.rows)) == (1, 1)
    assert "none.json cannot be read" in missing.err
    assert operator.run("connectors", "parse", "myspace", str(good), data=False).code == 1


def test_texts_are_sorted_without_a_server(operator: Operator) -> None:
    lines = '{"id":"1","text":"How much is the large one?"}\n\nnot json\n'

    plain = operator.run("triage", data=False, text=lines)
    explained = operator.run("triage", "--explain", data=False, text=lines)

    assert [row["id"] for row in plain.rows] == ["1", None]
    assert (plain.rows[0]["discipline"], "evidence" in plain.rows[0]) == ("sales", False)
    assert explained.rows[0]["evidence"][0]["words"] == "How much is"
    assert 0 < explained.rows[0]["confidence"] <= 1


def test_a_folder_in_which_nothing_runs_says_what_to_do(operator: Operator, tmp_path: Path) -> None:
    ran = operator.run("members", "list", "--data", str(tmp_path), data=False)

    assert ran.code == 1
    assert f"rapport up --data {tmp_path}" in ran.err


def test_the_environment_names_a_database(operator: Operator) -> None:
    url = operator.server.url()
    key = (operator.folder / "secret-key").read_text()

    assert operator.run("members", "list", data=False, DATABASE_URL=url, RAPPORT_SECRET_KEY=key).code == 0
    without = operator.run("members", "list", data=False, DATABASE_URL=url)
    assert without.code == 1
    assert "RAPPORT_SECRET_KEY" in without.err
    wrong = operator.run("members", "list", data=False, DATABASE_URL=url, RAPPORT_SECRET_KEY="A" * 44)
    assert wrong.code == 1
    assert wrong.err.startswith("The database did not answer")


def test_w12_people_come_in_and_go_out_by_the_command_line(operator: Operator, tmp_path: Path) -> None:
    file, report, out = tmp_path / "people.csv", tmp_path / "report.csv", tmp_path / "out.csv"
    file.write_text("Customer no;Name;E-Mail\n1;Kim Lu;kim@example.com\n;Nobody;\n", encoding="utf-8-sig")

    ran = operator.run("import", str(file), "--map", "Customer no=external_id", "--report", str(report))
    exported = operator.run("export", "--out", str(out))
    piped = operator.run("export", "--format", "ndjson")

    assert ran.code == 3, ran.err
    assert ran.out.startswith("1 rows taken, 1 refused")
    assert [line.split(",")[0] for line in report.read_text().splitlines()] == ["line", "3"]
    assert exported.code == 0, exported.err
    assert "kim@example.com" in out.read_text()
    assert [(row["external_id"], row["name"]) for row in piped.rows] == [("1", "Kim Lu")]


def test_a_file_that_cannot_be_imported_is_refused_with_the_reason(operator: Operator, tmp_path: Path) -> None:
    file = tmp_path / "odd.csv"
    file.write_text("colour,shape\nred,round\n")

    refused = operator.run("import", str(file))

    assert refused.code == 1
    assert "colour, shape" in refused.err
    assert operator.run("import", str(file), "--kind", "plants").code == 2
    assert operator.run("import", str(file), "--map", "colour").code == 2
    assert operator.run("import", str(tmp_path / "none.csv")).code == 2
    assert operator.run("export", "--format", "xls").code == 2


def test_w13_a_person_is_held_released_erased_and_exported_by_the_command_line(operator: Operator, tmp_path: Path) -> None:
    """Nothing runs here but the database: what is asked is kept for the services, and the command says who has still to answer."""
    file = tmp_path / "people.csv"
    file.write_text("external_id,name\n71,Ada Berg\n")
    assert operator.run("import", str(file)).code == 0
    contact = next(row["contact_id"] for row in operator.run("export", "--format", "ndjson").rows if row["external_id"] == "71")

    held = operator.run("people", "hold", contact, "a dispute")
    refused = operator.run("people", "erase", contact, "--yes", "--wait", "0")
    released = operator.run("people", "release", contact)
    again = operator.run("people", "release", contact)
    asked = operator.run("people", "export", contact, "--wait", "0", "--out", str(tmp_path / "ada.json"))
    erased = operator.run("people", "erase", contact, "--yes", "--wait", "0")

    assert (held.code, released.code) == (0, 0), held.err + released.err
    assert "a dispute" in held.out
    assert (refused.code, "Lift the hold" in refused.err) == (1, True)
    assert again.code == 1
    assert asked.code == 1
    assert asked.err.startswith("engagement and routing told nothing yet")
    assert not (tmp_path / "ada.json").exists()
    assert (erased.code, "engagement: not done yet" in erased.out) == (1, True)
    assert operator.run("people", "export", contact).code == 1


def test_w13_rules_of_retention_are_tried_set_and_listed_by_the_command_line(operator: Operator) -> None:
    none = operator.run("retention", "list")
    tried = operator.rows("retention", "preview", "messages:365")
    saved = operator.rows("retention", "set", "messages:365", "people:730:press")
    shown = operator.rows("retention", "list")
    runs = operator.run("retention", "runs")
    refused = [operator.run("retention", "set", *each).code for each in (("messages:3",), (), ("media:9", "--none"))]
    cleared = operator.run("retention", "set", "--none")

    assert (none.code, none.out.strip()) == (0, "Everything is kept: there is no rule.")
    assert {each["service"] for each in tried} == {"identity", "engagement", "routing"}
    assert [each["count"] for each in tried] == [0] * len(tried)
    assert [(each["kind"], each["days"], each["stakeholder"]) for each in shown] == [("messages", 365, None), ("people", 730, "press")]
    assert shown == saved
    assert (runs.code, runs.out.strip()) == (0, "Nothing went yet.")
    assert refused == [2, 1, 1]
    assert cleared.code == 0
