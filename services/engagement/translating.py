"""The slot for a translation provider: one interface, and one provider that speaks LibreTranslate's JSON. Called by REST.

Keeps nothing and logs no text. Without a provider the refusal names the setting.
"""

from dataclasses import dataclass
from typing import Protocol

import msgspec
import structlog

from services.kit.errors import ConflictError, MalformedError, UnavailableError
from services.kit.net import Net, NetError

ANSWER_LIMIT_BYTES = 1 << 20

log = structlog.get_logger()


class TranslationNotConfiguredError(ConflictError):
    """No provider is set up."""

    code = "translation_not_configured"
    title = "No translation provider is set up"


class TranslationRefusedError(MalformedError):
    """The provider does not translate this: most often a language that it has not."""

    code = "translation_refused"
    title = "The provider does not translate this"


class TranslationUnavailableError(UnavailableError):
    """The provider does not answer, or not as it should."""

    code = "translation_unavailable"
    title = "The translation provider does not answer"


@dataclass(frozen=True, slots=True)
class Translated:
    """A text in another language. `language` is the one that it was written in, where the provider tells."""

    text: str
    language: str | None


class Translator(Protocol):
    """A provider."""

    async def translate(self, text: str, *, to: str) -> Translated:
        """The text in the language `to`. Raises TranslationNotConfiguredError, TranslationRefusedError, TranslationUnavailableError."""


class NoTranslator:
    """Stands where no provider is set up."""

    async def translate(self, text: str, *, to: str) -> Translated:
        """See Translator."""
        del text, to
        raise TranslationNotConfiguredError("Set TRANSLATION_URL to the address of a service that speaks LibreTranslate's API.")


class _Detected(msgspec.Struct):
    language: str | None = None


class _Answer(msgspec.Struct):
    text: str = msgspec.field(name="translatedText")
    detected: _Detected | None = msgspec.field(name="detectedLanguage", default=None)


class HttpTranslator:
    """POST {q, source, target, format} to `url`/translate. `net` decides where calls may go."""

    def __init__(self, net: Net, *, url: str, api_key: str, timeout_seconds: float) -> None:
        self._net = net
        self._url = f"{url.rstrip('/')}/translate"
        self._key = {"api_key": api_key} if api_key else {}
        self._timeout_seconds = timeout_seconds

    async def translate(self, text: str, *, to: str) -> Translated:
        """See Translator."""
        asked = {"q": text, "source": "auto", "target": to, "format": "text", **self._key}
        try:
            answer = await self._net.request(
                "POST", self._url, json=asked, timeout_seconds=self._timeout_seconds, max_bytes=ANSWER_LIMIT_BYTES
            )
        except NetError as error:
            log.warning("translation_failed", error=type(error).__name__)
            raise TranslationUnavailableError("Try again in a moment.") from error
        if answer.status in {400, 413, 422}:
            raise TranslationRefusedError(f"The provider answered {answer.status}: it may not have the language {to!r}.")
        try:
            said = msgspec.json.decode(answer.body if answer.status == 200 else b"", type=_Answer)
        except msgspec.MsgspecError as error:
            log.warning("translation_failed", status=answer.status)
            raise TranslationUnavailableError("Try again in a moment.") from error
        return Translated(said.text, said.detected.language if said.detected else None)
