"""Tokens: the good are read once and kept until they expire; everything else is refused with 401 and no reason."""

import asyncio
import base64
import hashlib
import hmac
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import OKPKey

from services.contracts.ids import KeyId
from services.kit.access import ROLE_SCOPES, SCOPES, Caller, TokenVerifier, permit, require
from services.kit.errors import ForbiddenError, UnauthenticatedError, UnavailableError
from services.kit.telemetry import Metrics
from tests.kit.asgi import ask
from tests.kit.sample import NOW, Issuer, bearer, sample_routes

NOW_SECONDS = int(NOW.timestamp())


def part(document: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(document)).rstrip(b"=").decode()


def unsigned(issuer: Issuer, algorithm: str) -> str:
    return f"{part({'alg': algorithm, 'kid': 'k1'})}.{part(issuer.claims())}."


def mac_with_public_key(issuer: Issuer, algorithm: str) -> str:
    public = base64.urlsafe_b64decode(issuer.keys[0].as_dict(private=False)["x"] + "=")  # type: ignore[operator] # text
    signed = f"{part({'alg': algorithm, 'kid': 'k1'})}.{part(issuer.claims())}"
    mac = base64.urlsafe_b64encode(hmac.new(public, signed.encode(), hashlib.sha256).digest()).rstrip(b"=")
    return f"{signed}.{mac.decode()}"


def relabelled(issuer: Issuer, **header: object) -> str:
    """A good signature under another header."""
    _, claims, signature = issuer.token().split(".")
    return f"{part({'alg': 'Ed25519', 'kid': 'k1', **header})}.{claims}.{signature}"


def by_stranger(issuer: Issuer, **header: object) -> str:
    return issuer.token(key=Issuer.new_key("k1"), header=header)


FORGERIES: dict[str, Callable[[Issuer], str]] = {
    "alg none": lambda issuer: unsigned(issuer, "none"),
    "alg None": lambda issuer: unsigned(issuer, "None"),
    "alg Ed25519 without signature": lambda issuer: unsigned(issuer, "Ed25519"),
    "HS256 with the public key": lambda issuer: mac_with_public_key(issuer, "HS256"),
    "RS256 label": lambda issuer: relabelled(issuer, alg="RS256"),
    "ES256 label": lambda issuer: relabelled(issuer, alg="ES256"),
    "alg as list": lambda issuer: relabelled(issuer, alg=["Ed25519"]),
    "no kid": lambda issuer: relabelled(issuer, kid=None),
    "kid as number": lambda issuer: relabelled(issuer, kid=1),
    "unknown kid": lambda issuer: relabelled(issuer, kid="k9"),
    "kid as path": lambda issuer: by_stranger(issuer, kid="../../dev/null"),
    "kid as SQL": lambda issuer: by_stranger(issuer, kid="k1' UNION SELECT 'x"),
    "kid as address": lambda issuer: by_stranger(issuer, kid="http://127.0.0.1/jwks"),
    "jku": lambda issuer: by_stranger(issuer, jku="http://127.0.0.1/jwks"),
    "x5u": lambda issuer: by_stranger(issuer, x5u="http://127.0.0.1/cert"),
    "jwk": lambda issuer: by_stranger(issuer, jwk=OKPKey.generate_key("Ed25519").as_dict(private=False)),
    "crit": lambda issuer: by_stranger(issuer, crit=["b64"], b64=False),
    "other key, same kid": by_stranger,
    "expired": lambda issuer: issuer.token(iat=NOW_SECONDS - 400, exp=NOW_SECONDS - 100),
    "expires this second": lambda issuer: issuer.token(exp=NOW_SECONDS),
    "not yet": lambda issuer: issuer.token(nbf=NOW_SECONDS + 31),
    "from the future": lambda issuer: issuer.token(iat=NOW_SECONDS + 31),
    "lives too long": lambda issuer: issuer.token(exp=NOW_SECONDS + 601),
    "no exp": lambda issuer: issuer.token(exp=None),
    "no iat": lambda issuer: issuer.token(iat=None),
    "exp as text": lambda issuer: issuer.token(exp=str(NOW_SECONDS + 60)),
    "exp as fraction": lambda issuer: issuer.token(exp=NOW_SECONDS + 60.5),
    "wrong issuer": lambda issuer: issuer.token(iss="evil"),
    "wrong audience": lambda issuer: issuer.token(aud="other"),
    "list of audiences": lambda issuer: issuer.token(aud=["rapport", "other"]),
    "no workspace": lambda issuer: issuer.token(ws=None),
    "workspace is no id": lambda issuer: issuer.token(ws="*"),
    "neither session nor key": lambda issuer: issuer.token(sid=None),
    "session and key": lambda issuer: issuer.token(kid_=str(uuid4())),
    "scopes as text": lambda issuer: issuer.token(scp="contacts:read"),
    "1 MB": lambda issuer: issuer.token(name="a" * 1_000_000),
    "a megabyte of dots": lambda _: "." * 1_000_000,
    "empty": lambda _: "",
    "one part": lambda issuer: issuer.token().split(".")[0],
    "four parts": lambda issuer: issuer.token() + ".x",
    "cut short": lambda issuer: issuer.token()[:-2],
    "header is a list": lambda _: f"{part([])}.{part({})}.x",
    "header nested deep": lambda _: base64.urlsafe_b64encode(b"[" * 2000).decode() + ".x.x",
    "not base64": lambda _: "é.é.é",
    "surrogates": lambda _: "\ud800.x.x",
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
async def test_forged_expired_and_misdirected_tokens_are_refused(forge: Callable[[Issuer], str]) -> None:
    issuer = Issuer()

    with pytest.raises(UnauthenticatedError) as refusal:
        await issuer.verifier().verify(forge(issuer))

    assert refusal.value.detail == "This access token is not valid, or not any more."
    assert issuer.fetches <= 1


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
async def test_over_http_they_are_401_problems(forge: Callable[[Issuer], str]) -> None:
    issuer = Issuer()
    routes = sample_routes(issuer, metrics=Metrics("sample"))
    header = (b"authorization", b"Bearer " + forge(issuer).encode("utf-8", "surrogatepass"))

    for method, path in [("GET", "/mine"), ("POST", "/internal/by-ids")]:
        told = await ask(routes, method, path, headers=[header])
        assert told.problem["status"] == 401
        assert told.header(b"www-authenticate") == b'Bearer realm="rapport"'


@given(st.text(st.characters(), max_size=200) | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
async def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(UnauthenticatedError):
        await Issuer().verifier().verify(text)


@given(st.data())
async def test_a_single_changed_character_is_refused(data: st.DataObject) -> None:
    issuer = Issuer()
    token = issuer.token()
    place = data.draw(st.integers(0, len(token) - 2))
    other = data.draw(st.sampled_from("ABCxyz019-_.").filter(lambda each: each != token[place]))

    with pytest.raises(UnauthenticatedError):
        await issuer.verifier().verify(token[:place] + other + token[place + 1 :])


async def test_a_members_token_becomes_its_caller() -> None:
    issuer = Issuer()
    member, session, workspace = uuid4(), uuid4(), uuid4()

    caller = await issuer.verifier().verify(issuer.token(sub=str(member), sid=str(session), ws=str(workspace)))

    assert (caller.member_id, caller.session_id, caller.key_id) == (member, session, None)
    assert (caller.workspace_id, caller.role, caller.name) == (workspace, "agent", "Ada")
    assert caller.scopes == {"contacts:read", "contacts:write"}
    assert caller.disciplines == {"sales"}
    assert caller.caller_id == member


async def test_a_keys_token_becomes_a_caller_without_member() -> None:
    issuer = Issuer()
    key = uuid4()

    caller = await issuer.verifier().verify(issuer.token(sub=str(key), kid_=str(key), sid=None, role="partner"))

    assert (caller.member_id, caller.session_id, caller.key_id) == (None, None, key)
    assert caller.scopes == {"contacts:read"}
    assert caller.caller_id == key


async def test_a_worker_may_read_projections_only_and_is_nobody() -> None:
    issuer = Issuer()
    caller = await issuer.verifier().verify(issuer.token(sid=None, role="worker", scp=list(SCOPES)))

    assert caller.scopes == {"projection:read"}
    with pytest.raises(ForbiddenError):
        _ = caller.caller_id


@pytest.mark.parametrize("role", ["agent", "marketer", "partner", "admin", "owner", ""])
async def test_scopes_never_exceed_the_role(role: str) -> None:
    issuer = Issuer()

    caller = await issuer.verifier().verify(issuer.token(role=role, scp=[*SCOPES, "made:up"]))

    assert caller.scopes == ROLE_SCOPES.get(role, frozenset())


async def test_a_verified_token_is_kept_until_it_expires() -> None:
    issuer = Issuer()
    verifier = issuer.verifier()
    token = issuer.token()
    first = await verifier.verify(token)

    issuer.clock.advance(timedelta(seconds=299))
    assert await verifier.verify(token) is first
    issuer.clock.advance(timedelta(seconds=1))
    with pytest.raises(UnauthenticatedError):
        await verifier.verify(token)


async def test_the_cache_is_bounded_and_drops_the_least_used() -> None:
    issuer = Issuer()
    verifier = issuer.verifier(cache_size=2)
    tokens = [issuer.token() for _ in range(3)]
    first, second = [await verifier.verify(token) for token in tokens[:2]]

    assert await verifier.verify(tokens[0]) is first
    await verifier.verify(tokens[2])

    assert await verifier.verify(tokens[0]) is first
    assert await verifier.verify(tokens[1]) is not second


async def test_revoking_a_session_or_key_refuses_its_tokens_at_once() -> None:
    issuer = Issuer()
    verifier = issuer.verifier()
    key = uuid4()
    by_session, by_key, bystander = issuer.token(), issuer.token(sid=None, kid_=str(key), role="partner"), issuer.token()
    caller = await verifier.verify(by_session)
    await verifier.verify(bystander)
    assert caller.session_id is not None

    verifier.revoke(caller.session_id)
    verifier.revoke(KeyId(key))

    for token in (by_session, by_key):
        with pytest.raises(UnauthenticatedError):
            await verifier.verify(token)
    await verifier.verify(bystander)


async def test_rotation_accepts_both_keys_until_the_old_one_is_withdrawn() -> None:
    issuer = Issuer()
    verifier = issuer.verifier()
    old = issuer.keys[0]
    await verifier.verify(issuer.token())
    issuer.clock.advance(timedelta(seconds=6))
    issuer.keys.append(Issuer.new_key("k2"))

    await verifier.verify(issuer.token(key=issuer.keys[1]))
    await verifier.verify(issuer.token(key=old))
    issuer.keys.remove(old)
    issuer.clock.advance(timedelta(minutes=5, seconds=1))

    await verifier.verify(issuer.token(key=issuer.keys[0]))
    with pytest.raises(UnauthenticatedError):
        await verifier.verify(issuer.token(key=old))


async def test_unknown_keys_are_looked_up_at_most_each_five_seconds() -> None:
    issuer = Issuer()
    verifier = issuer.verifier()
    await verifier.verify(issuer.token())

    async def knock() -> None:
        with pytest.raises(UnauthenticatedError):
            await verifier.verify(issuer.token(key=Issuer.new_key(str(uuid4()))))

    await asyncio.gather(*(knock() for _ in range(20)))
    assert issuer.fetches == 1
    issuer.clock.advance(timedelta(seconds=5))
    await asyncio.gather(*(knock() for _ in range(20)))
    assert issuer.fetches == 2


@pytest.mark.parametrize("answer", [b"", b"{}", b'{"keys":[{}]}', b'{"keys":1}', b"[" * 5000])
async def test_without_keys_the_answer_is_unavailable_and_later_mends(answer: bytes) -> None:
    issuer = Issuer()
    answers = [answer]

    async def fetch() -> bytes:
        return answers.pop() if answers else await issuer.jwks()

    verifier = TokenVerifier(fetch, clock=issuer.clock)
    token = issuer.token()
    with pytest.raises((UnavailableError, UnauthenticatedError)):
        await verifier.verify(token)
    issuer.clock.advance(timedelta(seconds=5))

    assert (await verifier.verify(token)).role == "agent"


async def test_when_identity_is_away_known_keys_stay_good() -> None:
    issuer = Issuer()
    down = False

    async def fetch() -> bytes:
        if down:
            raise UnavailableError
        return await issuer.jwks()

    verifier = TokenVerifier(fetch, clock=issuer.clock)
    await verifier.verify(issuer.token())
    down = True
    issuer.clock.advance(timedelta(hours=1))

    assert (await verifier.verify(issuer.token())).role == "agent"


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"authorization", b"")],
        [(b"authorization", b"Bearer")],
        [(b"authorization", b"Bearer ")],
        [(b"authorization", b"Basic dTpw")],
        [(b"authorization", b"Bearer \xff")],
        [(b"authorization", b"Bearer a"), (b"authorization", b"Bearer b")],
    ],
)
async def test_without_one_bearer_token_the_caller_is_unknown(headers: list[tuple[bytes, bytes]]) -> None:
    routes = sample_routes(Issuer(), metrics=Metrics("sample"))

    for method, path in [("GET", "/mine"), ("POST", "/internal/by-ids")]:
        assert (await ask(routes, method, path, headers=headers)).problem["status"] == 401


async def test_the_scope_decides() -> None:
    issuer = Issuer()
    routes = sample_routes(issuer, metrics=Metrics("sample"))
    json = (b"content-type", b"application/json")

    able, unable = bearer(issuer.token()), bearer(issuer.token(scp=["contacts:write"]))

    assert (await ask(routes, "GET", "/mine", headers=[able])).status == 200
    assert (await ask(routes, "POST", "/internal/by-ids", chunks=[b'{"ids":[]}'], headers=[able, json])).status == 200
    for method, path in [("GET", "/mine"), ("POST", "/internal/by-ids")]:
        told = await ask(routes, method, path, headers=[unable, json])
        assert told.problem["scope"] == "contacts:read"
        assert told.status == 403


def test_every_cell_of_the_role_table() -> None:
    for role, granted in ROLE_SCOPES.items():
        assert granted <= SCOPES.keys(), role
        for scope in SCOPES:
            caller = a_caller(role=role, scopes=granted)
            if scope in granted:
                permit(caller, scope)
            else:
                with pytest.raises(ForbiddenError):
                    permit(caller, scope)


def test_a_scope_that_does_not_exist_cannot_be_required() -> None:
    with pytest.raises(ValueError, match="no scope"):
        require("contacts:delete")


def a_caller(*, role: str, scopes: frozenset[str]) -> Caller:
    return Caller(
        workspace_id=uuid4(),  # type: ignore[arg-type] # any id will do
        member_id=None,
        key_id=None,
        session_id=None,
        role=role,
        scopes=scopes,
        disciplines=frozenset(),
    )
