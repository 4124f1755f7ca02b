"""No statement of identity reads a large table from end to end, as the roles under row-level security; each one is planned here."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any
from uuid import UUID

import asyncpg
import orjson
import pytest

from services.contracts.ids import WorkspaceId
from services.identity.statements import (
    archives,
    audit,
    consent,
    contacts,
    credentials,
    encounters,
    exports,
    imported,
    imports,
    invitations,
    keys,
    linking,
    merging,
    partners,
    people,
    suggesting,
    suggestions,
    teams,
    workspaces,
)
from services.kit.db import Database

WORKSPACE = WorkspaceId(UUID(int=1))
THING = UUID(int=1000)
AT = datetime(2026, 1, 1, tzinfo=UTC)
KEY = b"k" * 32
LARGE = {
    "profile",
    "profile_value",
    "profile_identifier",
    "contact",
    "membership",
    "decision",
    "profile_facts",
    "profile_key",
    "edge",
    "never_merge",
    "merge_event",
    "suggestion",
    "suggesting_due",
    "suggesting_key",
    "member",
    "session",
    "refresh_token",
    "api_key",
    "import",
    "import_piece",
    "import_refusal",
    "import_reference",
    "consent_record",
    "consent",
    "consent_profile",
    "invitation",
    "audit_entry",
    "team",
    "team_member",
    "webhook_delivery",
}
PROFILE_COLUMNS = [[THING], ["x"], [""], ["1"], [THING], [AT], *[["v"], [AT]] * 8, [1], [AT], ["v"], ["v"], [1]]
VALUE_COLUMNS = [[THING], ["name"], [KEY], ["v"], [AT]]
IDENTIFIER_COLUMNS = [[THING], ["email"], [KEY], ["v"], ["x"], [True], [AT], [AT]]
MOVES = [[THING] * 20, [THING] * 20, ["r"] * 20, ["e"] * 20]
EDGES = [[THING] * 20, [THING] * 20, ["r"] * 20, [0.5] * 20, ["[]"] * 20, ["e"] * 20]

STATEMENTS: Mapping[ModuleType, Mapping[str, tuple[Any, ...]]] = {
    people: {
        "_SEEN": (WORKSPACE, *PROFILE_COLUMNS, *VALUE_COLUMNS, *IDENTIFIER_COLUMNS),
        "_DESCRIBED": (WORKSPACE, [THING] * 200, ["handle"]),
        "_BLOCK": (WORKSPACE, "email", KEY, "shared", AT),
    },
    encounters: {
        "_OF_CONTACTS": (WORKSPACE, [THING] * 200),
        "_COUNTS": (WORKSPACE, 1000),
    },
    linking: {
        "_LOCK": (WORKSPACE,),
        "_PLACED": (
            WORKSPACE,
            AT,
            1,
            *MOVES,
            *EDGES,
            *[[THING] * 20] * 3,
            ["r"] * 20,
            ["e"] * 20,
            *[[THING] * 20] * 2,
            [1] * 20,
            [THING] * 20,
            [1] * 20,
        ),
        "_DECISIONS": (WORKSPACE, [THING], [1], [THING], [THING], ["r"], ["e"], [0.5], ["[]"], 1, AT),
    },
    keys: {
        "_CARRIERS": (WORKSPACE, [KEY] * 200, [13] * 200, [12] * 200, [THING] * 200),
        "_FACTS": (WORKSPACE, [THING] * 200),
        "_COMPANY": (WORKSPACE, [THING] * 200, [THING] * 200),
        "_TIES": (WORKSPACE, [THING] * 200),
        "_WRITE_FACTS": (WORKSPACE, [THING], ["{}"], [KEY], [THING], [KEY] * 200, [THING] * 200),
    },
    merging: {
        "_MEMBERS": (WORKSPACE, [THING] * 2),
        "_JOINED": (WORKSPACE, [THING], [THING], "r", "e", 1, THING, [None], AT),
        "_SWITCHED": (WORKSPACE, [THING] * 20, [THING] * 20, [THING] * 20, True),
        "_PARTED": (WORKSPACE, [THING], [THING], THING, AT),
        "_FREED": (WORKSPACE, [THING] * 100, [THING] * 100),
        "_FOR_UNDO": (WORKSPACE, THING),
        "_UNDONE": (WORKSPACE, THING, AT, None, "{}"),
        "_OF_CONTACTS": (WORKSPACE, [THING] * 200, THING, 51),
        "_BY_IDS": (WORKSPACE, [THING] * 200),
        "_RECORDED": (WORKSPACE, [THING], ["merge"], [THING], [THING], ["{}"], [THING], [1], ["r"], [None], AT),
    },
    suggesting: {
        "_NEXT": (UUID(int=0),),
        "_CLAIMED": (WORKSPACE, 50),
        "_FORGOTTEN": (WORKSPACE, [THING] * 100),
        "_KEYS": (WORKSPACE, [KEY], [THING]),
        "_SUM": (WORKSPACE, 1),
        "_MEETING": (WORKSPACE, [KEY] * 200, 31),
    },
    suggestions: {
        "_PAGE": (WORKSPACE, "open", THING, 51),
        "_OF_CONTACTS": (WORKSPACE, [THING] * 200),
        "_BY_IDS": (WORKSPACE, [THING] * 200),
        "_FOR_DECISION": (WORKSPACE, THING),
        "_DECIDED": (WORKSPACE, THING, "accepted", THING, AT, None),
        "_REOPENED": (WORKSPACE, THING),
        "_PROPOSED": (WORKSPACE, [THING] * 20, [THING], [THING], [THING], ["r"], [0.5], ["[]"], ["e"], 1, AT),
    },
    contacts: {
        "_CONTACTS_BY_IDS": (WORKSPACE, [THING] * 200),
        "_CONTACTS_BY_PROFILES": (WORKSPACE, [THING] * 200),
        "_PAGE": (WORKSPACE, THING, 51),
        "_CHANGED_SINCE": (WORKSPACE, AT, THING, 51),
        "_SEARCH": (WORKSPACE, None, 51, "name 12", "name 12\U0010ffff", [KEY]),
        "_PROFILES_BY_IDS": (WORKSPACE, [THING] * 200),
        "_PROFILES_BY_CONTACTS": (WORKSPACE, [THING] * 200),
        "_VALUES": (WORKSPACE, [THING] * 200),
        "_MEMBERSHIPS": (WORKSPACE, THING, 1001),
    },
    consent: {
        "_RECORDS": (WORKSPACE, [THING], [THING], ["p"], ["x"], [THING], ["granted"], [AT], [AT], ["api"], ["h"], ["w"], [THING], [None]),
        "_VERSIONS": (WORKSPACE, [THING]),
        "_NEWEST": (WORKSPACE, [THING], ["p"], ["x"], [THING], [THING], [AT], [1]),
        "_WORDS": (WORKSPACE, [THING] * 20),
        "_OF_CONTACTS": (WORKSPACE, [THING] * 200),
        "_HISTORY": (WORKSPACE, [THING] * 200, AT, THING, 51),
        "_HOME": (WORKSPACE, THING),
        "_PERSON": (WORKSPACE, THING),
        "_TOUCHED": (WORKSPACE, [THING] * 20),
        "_SETTINGS": (WORKSPACE,),
        "_SAVED_SETTINGS": (WORKSPACE, [], [], [], 0, AT),
        "_LINKS": (WORKSPACE, THING),
        "_ENDED_LINKS": (WORKSPACE, [THING], AT),
        "_SNAPSHOT": (WORKSPACE, THING, 501),
    },
    partners: {
        "_NEW": (WORKSPACE, THING, "u", ["*"], "d", AT),
        "_CHANGED": (WORKSPACE, THING, 1, "u", ["*"], "d", True),
        "_BY_IDS": (WORKSPACE, [THING] * 200),
        "_DELIVERIES": (WORKSPACE, [THING] * 50, THING, None, 51),
        "_ROTATED": (WORKSPACE, THING, 1, AT),
        "_WANTING": (WORKSPACE, [THING], [THING], ["e"], ["t"], [b"{}"], [THING], AT),
        "_CLAIMED": (WORKSPACE, AT, THING, AT, 50),
        "_SETTLED": (WORKSPACE, THING, THING, "waiting", 500, "t", AT, None),
        "_WELL": (WORKSPACE, THING),
        "_ILL": (WORKSPACE, THING, AT, AT, "t", False),
        "_AGAIN": (WORKSPACE, THING, AT, AT, "failed", 100),
        "_DUE": (AT,),
        "_OLD": (AT,),
    },
    workspaces: {
        "_BY_SLUG": ("acme",),
        "_WORKSPACE": (WORKSPACE,),
        "_WORKSPACES": (),
        "_NEW_WORKSPACE": (WORKSPACE, "acme", "Acme", AT),
        "_MEMBERS": (WORKSPACE, THING, 51),
        "_VERSIONS": (WORKSPACE, THING, 51),
        "_MEMBERS_BY_IDS": (WORKSPACE, [THING] * 200),
        "_MEMBER_FOR_CHANGE": (WORKSPACE, THING),
        "_CREDENTIALS": (WORKSPACE, "sol@acme.example"),
        "_NEW_MEMBER": (WORKSPACE, THING, "e", "e", "n", "h", "admin", [], [], AT),
        "_CHANGED_MEMBER": (WORKSPACE, THING, "n", "admin", [], [], True, AT, None, THING, AT, AT, None),
        "_REHASHED": (WORKSPACE, THING, "a", "b"),
        "_ACTIVE_ADMINS": (WORKSPACE,),
    },
    exports: {
        "_ALL": (WORKSPACE, THING, 500),
        "_LABELLED": (WORKSPACE, THING, 500, THING),
        "_OF_CONTACTS": (WORKSPACE, THING, 500, [THING]),
    },
    imported: {
        "_DEFINED": (WORKSPACE, ["k"], ["K"], AT),
        "_KEPT": (WORKSPACE, [THING], ["k"], ["v"], "s", AT),
        "_FOLLOWS": (WORKSPACE, [THING], ["follows"], [KEY], ["x"], [""], ["1"], [None], [None], [None], [AT], [AT], [None], [AT]),
    },
    archives: {
        "_KEPT": (WORKSPACE, THING, ["conversation"], ["1"], ["{}"]),
        "_ALL": (WORKSPACE, THING, ["inbox"], 5000),
        "_NAMED": (WORKSPACE, THING, "conversation", ["1"] * 500),
        "_FORGOTTEN": (WORKSPACE, THING),
        "_MEMBERS": (WORKSPACE, ["e1"]),
        "_LABELS": (WORKSPACE, [THING], ["Vip"], ["vip"], ["#808080"], AT),
        "_GIVEN": (WORKSPACE, [THING], ["vip"], AT),
    },
    imports: {
        "_PIECE": (WORKSPACE, THING, 0, b"x", AT),
        "_PIECE_OF": (WORKSPACE, THING, 0),
        "_NO_PIECES": (WORKSPACE, THING),
        "_NEW": (WORKSPACE, THING, THING, "profiles", "n", {}, KEY, 1, 0, 1, None, AT),
        "_BY_IDS": (WORKSPACE, [THING] * 200),
        "_PAGE": (WORKSPACE, AT, THING, 51),
        "_CLAIMED": (WORKSPACE, AT),
        "_LOCK": (WORKSPACE,),
        "_UNFINISHED": (WORKSPACE,),
        "_ADVANCED": (WORKSPACE, THING, 1, 1, 1, 0, AT, False),
        "_ENDED": (WORKSPACE, THING, "done", "", AT),
        "_ATTEMPTED": (WORKSPACE, THING, AT),
        "_REFUSED": (WORKSPACE, THING, [1], ["k"], ["r"], [False]),
        "_REFUSALS": (WORKSPACE, THING, 0, 1000),
        "_WAITING": (AT,),
        "_LEFT_OVER": (AT,),
    },
    audit: {
        "_ADDED": (WORKSPACE, THING, AT, "member.added", THING, "", THING, None),
        "_PAGE": (WORKSPACE, THING, 51),
        "_PAGE_OF_SUBJECT": (WORKSPACE, THING, 51, THING),
    },
    invitations: {
        "_NEW": (WORKSPACE, THING, "e", "e", "admin", [], [], None, THING, KEY, AT, AT),
        "_OPEN": (WORKSPACE, "e7"),
        "_BY_IDS": (WORKSPACE, [THING] * 200),
        "_PAGE": (WORKSPACE, THING, 51),
        "_FOR_CHANGE": (WORKSPACE, THING),
        "_HELD": (WORKSPACE, KEY),
        "_RESENT": (WORKSPACE, THING, KEY, AT, AT),
        "_REVOKED": (WORKSPACE, THING, AT),
        "_REVOKED_OF_MEMBER": (WORKSPACE, THING, AT),
        "_ACCEPTED": (WORKSPACE, THING, AT, THING),
    },
    teams: {
        "_PAGE": (WORKSPACE, THING, 51),
        "_BY_IDS": (WORKSPACE, [THING] * 200),
        "_OF_MEMBERS": (WORKSPACE, [THING] * 200),
        "_NEW": (WORKSPACE, THING, "n", "n", None, AT),
        "_FOR_CHANGE": (WORKSPACE, THING),
        "_CHANGED": (WORKSPACE, THING, "n", "n", None),
        "_DELETED": (WORKSPACE, THING),
        "_ADDED_MEMBERS": (WORKSPACE, THING, [THING]),
        "_OTHERS_REMOVED": (WORKSPACE, THING, [THING]),
        "_HANDED_LEADS": (WORKSPACE, THING, THING),
    },
    credentials: {
        "_TRY": (KEY, AT, timedelta(minutes=15)),
        "_FORGET_TRIES": (KEY,),
        "_NEW_SESSION": (WORKSPACE, THING, THING, AT, AT, KEY, AT),
        "_HELD": (WORKSPACE, KEY, AT),
        "_ROTATED": (WORKSPACE, KEY, KEY, AT, AT),
        "_REVOKED_SESSION": (WORKSPACE, THING, AT, "why"),
        "_REVOKED_SESSIONS": (WORKSPACE, THING, AT, "why"),
        "_NEW_KEY": (WORKSPACE, THING, "n", "p", KEY, [], None, AT, None),
        "_KEYS": (WORKSPACE, THING, 51),
        "_USED_KEY": (WORKSPACE, KEY, AT),
        "_REVOKED_KEY": (WORKSPACE, THING, AT),
        "_LOCK_SIGNING": (),
        "_SIGNING_KEY": (AT,),
        "_PUBLIC_KEYS": (AT,),
        "_NEW_SIGNING_KEY": ("k", "{}", b"", AT, AT, AT),
        "_SWEEP_SESSIONS": (AT,),
        "_SWEEP_TOKENS": (AT,),
        "_SWEEP_TRIES": (AT,),
    },
}
AS_WORKER = {
    "_NEXT",
    "_DUE",
    "_OLD",
    "_BY_SLUG",
    "_WORKSPACES",
    "_TRY",
    "_FORGET_TRIES",
    "_LOCK_SIGNING",
    "_SIGNING_KEY",
    "_PUBLIC_KEYS",
    "_NEW_SIGNING_KEY",
    "_SWEEP_SESSIONS",
    "_SWEEP_TOKENS",
    "_SWEEP_TRIES",
    "_WAITING",
    "_LEFT_OVER",
}
FILLING = """
INSERT INTO workspace SELECT ('00000000-0000-0000-0000-' || lpad(to_hex(w), 12, '0'))::uuid, 'w' || w, 'W', now()
    FROM generate_series(1, 3) AS w;
INSERT INTO profile (workspace_id, id, network, scope, external_id, home_contact_id, name, name_key, handle_key, first_seen_at)
    SELECT workspace_id, thing(n), 'x', '', n::text, thing(n), 'Name ' || n, 'name ' || n, 'handle' || n, now()
    FROM workspace, generate_series(1, 8000) AS n;
INSERT INTO profile_value SELECT workspace_id, id, 'name', sha256(name::bytea), name, now() FROM profile;
INSERT INTO profile_identifier SELECT workspace_id, id, 'email', sha256(external_id::bytea), 'v', 'x', true, now(), now() FROM profile;
INSERT INTO contact SELECT workspace_id, id, id, 1, 1, now() FROM profile;
INSERT INTO membership SELECT workspace_id, id, id, 1, 'r', 'e', now() FROM profile;
INSERT INTO consent_record SELECT workspace_id, id, id, 'p', 'x', id, 'granted', now(), now(), 'api', 'h', '', NULL, NULL FROM profile;
INSERT INTO consent SELECT workspace_id, id, 'p', 'x', id, id, now(), 0 FROM profile;
INSERT INTO consent_profile SELECT workspace_id, id, 1, NULL FROM profile;
INSERT INTO decision (workspace_id, profile_id, version, contact_id, rule, explanation, decided_at)
    SELECT workspace_id, id, 1, id, 'r', 'e', now() FROM profile;
INSERT INTO profile_facts SELECT workspace_id, id, '{}' FROM profile;
INSERT INTO profile_key SELECT workspace_id, sha256(external_id::bytea), id FROM profile;
INSERT INTO suggesting_due SELECT workspace_id, id FROM profile;
INSERT INTO suggesting_key SELECT workspace_id, sha256(external_id::bytea), id FROM profile;
INSERT INTO edge SELECT workspace_id, thing(n), thing(n + 1), 'evidence', 'r', 1, '[]', 'e', 1, true, thing(n), NULL, now()
    FROM workspace, generate_series(1, 7999) AS n;
INSERT INTO webhook_endpoint SELECT workspace_id, thing(n), 'u', '{*}', '', 1, NULL, true, '', 0, NULL, NULL, now(), 1
    FROM workspace, generate_series(1, 20) AS n;
INSERT INTO webhook_delivery SELECT workspace_id, thing(n), thing(1 + n % 20), 'e' || n, 't', '{}', 'delivered', 1, 200, '', now(),
    CASE WHEN n % 100 = 0 THEN now() END, NULL, CASE WHEN n % 100 > 0 THEN now() END, thing(n)
    FROM workspace, generate_series(1, 7999) AS n;
INSERT INTO never_merge SELECT workspace_id, thing(n), thing(n + 1), thing(n), now() FROM workspace, generate_series(1, 7999) AS n;
INSERT INTO merge_event SELECT workspace_id, thing(n), 'merge', thing(n), thing(n), '{}', '{}', '', NULL, now()
    FROM workspace, generate_series(1, 7999) AS n;
INSERT INTO suggestion SELECT workspace_id, thing(n), thing(n), thing(n + 1), 'open', 'r', 1, '[]', 'e', 1, NULL, now()
    FROM workspace, generate_series(1, 7999) AS n;
INSERT INTO member SELECT workspace_id, thing(n), 'e' || n, 'e' || n, 'n', 'h',
    CASE WHEN n < 5 THEN 'admin' ELSE 'agent' END, '{}', '{}', true, now(), now()
    FROM workspace, generate_series(1, 4000) AS n;
INSERT INTO session SELECT workspace_id, id, id, now(), now() + interval '1 day' FROM member;
INSERT INTO refresh_token SELECT workspace_id, sha256(id::text::bytea), id, now(), now() + interval '1 day' FROM session;
INSERT INTO api_key SELECT workspace_id, id, 'n', 'p', sha256(id::text::bytea), '{}', NULL, now() FROM member;
INSERT INTO import SELECT workspace_id, id, id, 'profiles', 'n', '{}', sha256(id::text::bytea), 'done', 1, 0, 1, 0, 0, '', NULL, now(),
    now(), now(), now(), NULL, 0 FROM member;
INSERT INTO import_piece SELECT workspace_id, upload_id, 0, 'x', now() FROM import;
INSERT INTO import_refusal SELECT workspace_id, id, 1, 'k', 'r', false FROM import;
INSERT INTO import_reference SELECT workspace_id, upload_id, 'conversation', '1', '{}' FROM import;
INSERT INTO invitation SELECT workspace_id, id, email, email, 'agent', '{}', '{}', NULL, NULL, sha256(id::text::bytea),
    1, now(), now(), now() FROM member;
INSERT INTO audit_entry SELECT workspace_id, id, now(), 'member.added', id, '', NULL, NULL FROM member;
INSERT INTO team SELECT workspace_id, id, email, email, id, now(), 1 FROM member;
INSERT INTO team_member SELECT workspace_id, id, id FROM member;
ANALYZE;
"""


@pytest.fixture
async def filled(database_url: str) -> None:
    owner = await asyncpg.connect(database_url, timeout=10, server_settings={"search_path": "identity"})
    try:
        await owner.execute(
            "CREATE FUNCTION thing(n integer) RETURNS uuid IMMUTABLE LANGUAGE sql "
            "RETURN ('00000000-0000-0000-0001-' || lpad(to_hex(n), 12, '0'))::uuid"
        )
        await owner.execute(FILLING)
    finally:
        await owner.close()


def test_every_statement_is_planned_here() -> None:
    for module, planned in STATEMENTS.items():
        written = {
            name
            for name, value in vars(module).items()
            if isinstance(value, str) and value.strip().split(" ")[0] in {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}
        }
        assert written == planned.keys(), module.__name__


@pytest.mark.usefixtures("filled")
async def test_no_statement_scans_a_large_table(database: Database, worker_database: Database) -> None:
    # Sign-outs of all expired rows at once, hourly, and the few administrators of one workspace are read as they lie.
    whole = {"_SWEEP_TOKENS"}
    for module, planned in STATEMENTS.items():
        for name, arguments in planned.items():
            role = worker_database if name in AS_WORKER else database
            async with role.transaction(None if name in AS_WORKER else WORKSPACE) as connection:
                text = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {vars(module)[name]}", *arguments)
            plan = text if isinstance(text, list) else orjson.loads(text)
            scanned = set(_scans(plan[0]["Plan"])) & LARGE
            assert not scanned or name in whole, f"{module.__name__}.{name} scans {scanned}"


def _scans(node: Mapping[str, Any]) -> list[str]:
    found = [node["Relation Name"]] if node["Node Type"] == "Seq Scan" else []
    for child in node.get("Plans", []):
        found += _scans(child)
    return found
