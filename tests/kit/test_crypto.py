"""The vault opens exactly what it sealed, for whom it sealed it; tokens are random and stored hashed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.crypto import SealBrokenError, Vault, equal, hash_token, new_token

KEY, NEXT_KEY = bytes(range(32)), bytes(range(32, 64))


@given(st.binary(max_size=200), st.binary(max_size=50))
def test_what_is_sealed_opens_with_its_binding(plaintext: bytes, bound_to: bytes) -> None:
    vault = Vault(KEY)

    assert vault.open(vault.seal(plaintext, bound_to=bound_to), bound_to=bound_to) == plaintext


@given(st.binary(min_size=1, max_size=60), st.data())
def test_a_single_changed_bit_anywhere_breaks_the_seal(plaintext: bytes, data: st.DataObject) -> None:
    vault = Vault(KEY)
    sealed = bytearray(vault.seal(plaintext, bound_to=b"channel"))
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(SealBrokenError):
        vault.open(bytes(sealed), bound_to=b"channel")


@given(st.binary(max_size=80))
def test_bytes_that_were_never_sealed_are_refused(noise: bytes) -> None:
    with pytest.raises(SealBrokenError):
        Vault(KEY).open(noise, bound_to=b"")


def test_every_truncation_is_refused() -> None:
    vault = Vault(KEY)
    sealed = vault.seal(b"token", bound_to=b"channel")

    for length in range(len(sealed)):
        with pytest.raises(SealBrokenError):
            vault.open(sealed[:length], bound_to=b"channel")


def test_a_seal_copied_to_another_channel_is_refused() -> None:
    vault = Vault(KEY)
    sealed = vault.seal(b"token", bound_to=b"workspace-1/channel-1")

    with pytest.raises(SealBrokenError):
        vault.open(sealed, bound_to=b"workspace-2/channel-1")


def test_rotation_opens_the_old_and_seals_with_the_new() -> None:
    old = Vault(KEY)
    rotated = Vault(NEXT_KEY, previous=[KEY])
    sealed = old.seal(b"token", bound_to=b"channel")

    assert rotated.open(sealed, bound_to=b"channel") == b"token"
    assert not rotated.is_current(sealed)
    resealed = rotated.seal(b"token", bound_to=b"channel")
    assert rotated.is_current(resealed)
    with pytest.raises(SealBrokenError):
        old.open(resealed, bound_to=b"channel")


def test_the_same_plaintext_never_seals_to_the_same_bytes() -> None:
    vault = Vault(KEY)

    assert len({vault.seal(b"token", bound_to=b"channel") for _ in range(100)}) == 100


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_keys_of_another_length_are_refused(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Vault(b"k" * length)


def test_tokens_carry_their_prefix_and_never_repeat() -> None:
    tokens = {new_token("rk_") for _ in range(100)}

    assert len(tokens) == 100
    assert all(token.startswith("rk_") and len(token) == 46 for token in tokens)
    assert len({hash_token(token) for token in tokens}) == 100


@given(st.text(st.characters()), st.text(st.characters()))
def test_equal_takes_any_text(a: str, b: str) -> None:
    assert equal(a, b) == (a == b)
    assert equal(a, a)
