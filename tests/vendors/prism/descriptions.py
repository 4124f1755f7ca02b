"""The platforms' own OpenAPI descriptions, as Prism is given them: whole, but for the named places where they are older than the platform.

They lie next to the project (`../shared`), never in it; without them the tests that need them are skipped.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

PLATFORMS = Path(__file__).parents[4] / "shared" / "platforms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """One platform's description. `hosts` answer as it says; `elsewhere` are calls (method and path) that another one describes."""

    platform: str
    file: str
    hosts: frozenset[str]
    amend: Callable[[dict[str, Any]], None]
    elsewhere: frozenset[tuple[str, str]] = frozenset()

    @property
    def path(self) -> Path:
        """Where it lies."""
        return PLATFORMS / self.platform / "spec" / self.file

    def write(self, folder: Path) -> Path:
        """The amended description as a file of this run."""
        text = self.path.read_text(encoding="utf-8")
        loaded = json.loads(text) if self.path.suffix == ".json" else yaml.load(text, yaml.CSafeLoader)
        self.amend(loaded)
        written = folder / f"{self.platform}.json"
        written.write_text(json.dumps(loaded), encoding="utf-8")
        return written


def _amend_whatsapp(loaded: dict[str, Any]) -> None:
    """The description (v23.0) knows neither of the two: a reference that comes back with each status, and whom to write to by user id.

    Whoever shows us no number is named in `recipient`; then there is no `to`, and one of the two there has to be. A template's first
    buttons have the indexes 0 and 1, as its own example says and its pattern does not; and one kind of button copies a code. A read mark
    stands among its examples, and not among its messages; a button that opens an address in the vendor's page of its own only.
    """
    message = loaded["components"]["schemas"]["BaseMessageProperties"]
    message["properties"]["biz_opaque_callback_data"] = {"type": "string", "maxLength": 512}
    message["properties"]["recipient"] = {"type": "string"}
    message["required"].remove("to")
    message["anyOf"] = [{"required": ["to"]}, {"required": ["recipient"]}]
    mark = {
        "type": "object",
        "additionalProperties": False,
        "required": ["messaging_product", "status", "message_id"],
        "properties": {
            "messaging_product": {"type": "string", "enum": ["whatsapp"]},
            "status": {"type": "string", "enum": ["read"]},
            "message_id": {"type": "string"},
            "typing_indicator": {"type": "object", "required": ["type"], "properties": {"type": {"type": "string", "enum": ["text"]}}},
        },
    }
    messages = loaded["components"]["schemas"]["Message"]
    messages["oneOf"].append(mark)
    loaded["components"]["schemas"]["InteractiveObject"]["properties"]["type"]["enum"].append("cta_url")
    shown = {"type": "object", "additionalProperties": False, "required": ["display_text", "url"], "properties": {}}
    shown["properties"] = {"display_text": {"type": "string", "maxLength": 20}, "url": {"type": "string"}}
    opening = {"required": ["name", "parameters"], "properties": {"name": {"type": "string", "enum": ["cta_url"]}, "parameters": shown}}
    loaded["components"]["schemas"]["ActionObject"]["oneOf"].append(opening)
    component = loaded["components"]["schemas"]["TemplateComponent"]
    component["properties"]["index"]["pattern"] = "^[0-9]$"
    component["properties"]["sub_type"]["enum"].append("copy_code")


def _amend_mastodon(loaded: dict[str, Any]) -> None:
    """A header is no object (Prism stops at that); a status with words and files is both kinds that the description has, not one of them;
    and servers before 4.3 take one redirect address, as all do, in a string.
    """  # noqa: D205 - one sentence is the summary
    body = loaded["paths"]["/api/v1/statuses"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    body["anyOf"] = body.pop("oneOf")
    (key,) = loaded["paths"]["/api/v1/statuses"]["post"]["parameters"]
    key["schema"] = {"type": "string"}
    registration = loaded["paths"]["/api/v1/apps"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    several = registration["properties"]["redirect_uris"]
    registration["properties"]["redirect_uris"] = {"oneOf": [several, {"type": "string", "format": "uri"}]}


WHATSAPP = Description(
    platform="whatsapp",
    file="business-messaging-api_v23.0.yaml",
    hosts=frozenset({"graph.facebook.com", "waba.provider.example"}),
    amend=_amend_whatsapp,
    # Facebook Login's, not WhatsApp's.
    elsewhere=frozenset({("GET", "/v23.0/oauth/access_token"), ("GET", "/v23.0/debug_token")}),
)
MASTODON = Description(platform="mastodon", file="mastodon-openapi.json", hosts=frozenset({"social.lumen.example"}), amend=_amend_mastodon)
DESCRIPTIONS = (WHATSAPP, MASTODON)
