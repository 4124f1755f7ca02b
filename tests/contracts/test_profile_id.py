"""The computed id of a profile: frozen for ever, because every row of history hangs on it."""

import hashlib
import hmac
import unicodedata
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.ids import WorkspaceId, canonical_profile, profile_id

KEY = bytes(range(32))
WORKSPACE = WorkspaceId(UUID("0197a000-0000-7000-8000-000000000001"))
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)

# Network, scope, external id, and the id that they had on the day they were recorded. Never edit a line.
VECTORS = [
    ("telegram", "", "551", "dae3db27-d354-8269-bb98-54ac3cf14a4a"),
    ("x", "tenant", "AbC", "0c728a8a-b21a-8670-84f7-7cc473d4cef2"),
    ("x", "tenant", "abc", "d8a580bc-57e7-8ace-9379-bee7f686f5bf"),
    ("mail", "", "Zo\u00eb@example.com", "e1a3a331-5747-8ed3-ba4b-6fadecff78ca"),
    ("crm", "", "a:b", "556895d8-8a95-8cd3-bee5-21fe48992df7"),
    ("crm", "a", "b", "66d10784-5e91-89a0-b544-0b21ab9fd74f"),
    ("crm", "a:", "b", "b02bb567-4adf-8a52-9795-45a41bbe76ba"),
    ("crm", "", "", "cec82164-4e49-84ee-8276-8f417474a6fc"),
    ("whatsapp", "", "+4912345", "f2f69843-b200-86cc-aae7-be573ce4cab6"),
    ("crm", "", "\u65e5\u672c", "e80d37fd-975f-8ac5-9578-3b7ba6dd8faf"),
    ("crm", "", "x" * 500, "c890b2cf-693d-85b7-90f4-b32abe0214fc"),
]


@pytest.mark.parametrize(("network", "scope", "external_id", "expected"), VECTORS)
def test_recorded_ids_stay(network: str, scope: str, external_id: str, expected: str) -> None:
    assert profile_id(KEY, workspace=WORKSPACE, network=network, scope=scope, external_id=external_id) == UUID(expected)


def test_key_and_workspace_are_part_of_it() -> None:
    def of(key: bytes, workspace: UUID) -> str:
        return str(profile_id(key, workspace=WorkspaceId(workspace), network="telegram", scope="", external_id="551"))

    assert of(b"\xff" * 32, WORKSPACE) == "e8b7b457-cd81-8e92-8d62-1ba3d16ea80f"
    assert of(KEY, UUID(int=1)) == "3765f786-a204-8d08-8c20-091e49cc3807"


@pytest.mark.parametrize(
    ("given_parts", "same_as"),
    [
        (("Telegram", "", "551"), ("telegram", "", "551")),
        ((" telegram\t", "", "\u00a0551\n"), ("telegram", "", "551")),
        (("mail", "", "Zoe\u0308@example.com"), ("mail", "", "Zo\u00eb@example.com")),
        (("crm", "\u212b", "1"), ("crm", "\u00c5", "1")),
    ],
    ids=["case of the network", "blanks around", "composed", "canonical equivalent"],
)
def test_forms_of_the_same_account_are_one(given_parts: tuple[str, str, str], same_as: tuple[str, str, str]) -> None:
    assert canonical_profile(WORKSPACE, *given_parts) == canonical_profile(WORKSPACE, *same_as)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("crm", "", "AbC"), ("crm", "", "abc")),
        (("crm", "Shop", "1"), ("crm", "shop", "1")),
        (("crm", "a", "b"), ("crm", "", "ab")),
        (("crm", "1:a,", "b"), ("crm", "", "1:a,b")),
        (("crm", "", "\ufb01"), ("crm", "", "fi")),
    ],
    ids=["case of the id", "case of the scope", "shifted border", "forged netstring", "only compatible"],
)
def test_different_accounts_stay_apart(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    assert canonical_profile(WORKSPACE, *one) != canonical_profile(WORKSPACE, *other)


@given(network=TEXT, scope=TEXT, external_id=TEXT)
def test_any_id_is_the_first_122_bits_in_a_uuid_of_version_8(network: str, scope: str, external_id: str) -> None:
    fields = ["rapport.profile.v1", str(WORKSPACE), network.lower(), scope, external_id]
    canonical = b""
    for field in fields:
        octets = unicodedata.normalize("NFC", field.strip()).encode()
        canonical += str(len(octets)).encode() + b":" + octets + b","
    bits = "".join(f"{octet:08b}" for octet in hmac.digest(KEY, canonical, hashlib.sha256))[:122]
    made = profile_id(KEY, workspace=WORKSPACE, network=network, scope=scope, external_id=external_id)
    laid_out = f"{made.int:0128b}"
    assert (made.version, made.variant) == (8, RFC_4122)
    assert laid_out[:48] + laid_out[52:64] + laid_out[66:] == bits


@given(one=st.tuples(TEXT, TEXT), other=st.tuples(TEXT, TEXT))
def test_canonical_forms_are_equal_only_for_equal_parts(one: tuple[str, str], other: tuple[str, str]) -> None:
    def normal(parts: tuple[str, str]) -> list[str]:
        return [unicodedata.normalize("NFC", part.strip()) for part in parts]

    same = canonical_profile(WORKSPACE, "crm", *one) == canonical_profile(WORKSPACE, "crm", *other)
    assert same == (normal(one) == normal(other))
