"""The page behind a preference link, for people without account: bare ASGI, at /preferences/ of the gateway. Put in place by `main`.

Seeing it changes nothing, so what opens links ahead of people changes nothing. The link is the only authority: no cookie, nothing that a
foreign page could borrow; a post that a browser says came from elsewhere is refused all the same.
"""

from collections.abc import Callable, Mapping
from urllib.parse import parse_qs

from services.contracts.preference_links import PATH, PreferenceLink, read_token
from services.identity.access.workspaces import get_workspace
from services.identity.consent.errors import PreferenceLinkNotFoundError
from services.identity.consent.page import LABEL, NEVER, ONE_CLICK, WAS, WAS_LABEL, WAS_NEVER, language_of, message_page, preference_page
from services.identity.consent.preferring import Choice, cell_of, keep_choice, show_preferences, unsubscribe
from services.kit.clock import Clock
from services.kit.db import Connection, Database
from services.kit.errors import ProblemError, UnavailableError
from services.kit.http import BareRequest, Endpoint
from services.kit.http.pages import HEADERS
from services.kit.port import Answer

BODY_CAP_BYTES = 32 * 1024
FORM = b"application/x-www-form-urlencoded"
# RFC 8058, section 3.1: a mail program may send its one field like this.
PARTS = b"multipart/form-data"
MOST_FIELDS = 1000


class PreferenceDoor:
    """GET shows what counts, POST changes it. `wake` tells the relay that events were committed."""

    def __init__(self, database: Database, *, key: bytes, clock: Clock, wake: Callable[[], None]) -> None:
        self._database = database
        self._key = key
        self._clock = clock
        self._wake = wake

    def routes(self) -> Mapping[tuple[str, str], Endpoint]:
        """By method and prefix."""
        return {("GET", PATH): self.show, ("POST", PATH): self.take}

    async def show(self, request: BareRequest) -> Answer:
        """What counts now."""
        language = _language(request)
        try:
            link = self._named(request)
            async with self._database.transaction(link.workspace) as connection:
                return await _shown(connection, link, language=language)
        except UnavailableError:
            raise
        except ProblemError as error:
            return Answer(error.status, HEADERS, message_page("gone", language=language))

    async def take(self, request: BareRequest) -> Answer:
        """What the person chose; or a mail program's own button for unsubscribing."""
        language = _language(request)
        if request.header(b"sec-fetch-site") not in {None, b"same-origin", b"none"}:
            return Answer(403, HEADERS, message_page("foreign", language=language))
        fields = _fields(await request.body(cap_bytes=BODY_CAP_BYTES), content_type=request.header(b"content-type") or b"")
        if fields is None:
            return Answer(422, HEADERS, message_page("unreadable", language=language))
        try:
            link = self._named(request)
            async with self._database.transaction(link.workspace) as connection:
                answer = await self._kept(connection, link, fields, language=language)
        except UnavailableError:
            raise
        except ProblemError as error:
            return Answer(error.status, HEADERS, message_page("gone", language=language))
        self._wake()
        return answer

    async def _kept(self, connection: Connection, link: PreferenceLink, fields: Mapping[str, list[str]], *, language: str) -> Answer:
        if ONE_CLICK in fields:
            await unsubscribe(connection, link, now=self._clock.now())
            return Answer(200, HEADERS, message_page("unsubscribed", language=language))
        choice = Choice(
            shown={cell_of(each) for each in fields.get("shown", ())},
            allowed={cell_of(each) for each in fields.get("allow", ())},
            never=NEVER in fields,
            was={cell_of(each) for each in fields.get(WAS, ())},
            was_never=WAS_NEVER in fields,
            nothing="nothing" in fields,
            labels=frozenset(fields.get(LABEL, ())),
            had=frozenset(fields.get(WAS_LABEL, ())),
        )
        await keep_choice(connection, link, choice, language=language, now=self._clock.now())
        return await _shown(connection, link, language=language, saved=True)

    def _named(self, request: BareRequest) -> PreferenceLink:
        """Raises PreferenceLinkNotFoundError for a token that is not ours, or too old."""
        found = read_token(self._key, request.tail, now=self._clock.now())
        if found is None:
            raise PreferenceLinkNotFoundError
        return found


async def _shown(connection: Connection, link: PreferenceLink, *, language: str, saved: bool = False) -> Answer:
    company = (await get_workspace(connection, link.workspace)).name
    shown = await show_preferences(connection, link, company=company)
    return Answer(200, HEADERS, preference_page(shown, language=language, saved=saved))


def _language(request: BareRequest) -> str:
    return language_of((request.header(b"accept-language") or b"").decode("latin-1"))


def _fields(body: bytes, *, content_type: bytes) -> Mapping[str, list[str]] | None:
    """A form's fields; None where it is no form, or says nothing that ours would."""
    if content_type.lower().startswith(PARTS):
        return {ONE_CLICK: ["One-Click"]} if ONE_CLICK.encode() in body and b"One-Click" in body else None
    if not content_type.lower().startswith(FORM):
        return None
    try:
        text = body.decode()
        fields: Mapping[str, list[str]] = parse_qs(text, max_num_fields=MOST_FIELDS, errors="strict", keep_blank_values=True)
    except (UnicodeDecodeError, ValueError):
        return None
    return fields if fields.keys() & {ONE_CLICK, "shown", "nothing", NEVER} else None
