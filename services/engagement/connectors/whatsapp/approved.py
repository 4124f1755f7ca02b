"""The templates of a business account that Meta has approved, and what their places and buttons want. Called by the connector.

Vendor's pages: .../whatsapp/templates/template-management, .../templates/components. Its only I/O is the injected network.
"""

import re
from typing import Literal

import msgspec

from services.engagement.families.meta import Graph
from services.engagement.protocol import ApprovedButton, ApprovedTemplate, salvage

_QUERY = {"status": "APPROVED", "fields": "name,language,category,parameter_format,components", "limit": "100"}
_MOST_PAGES = 5
_PLACE = re.compile(r"\{\{\s*(\w{1,100})\s*\}\}")
_HEADINGS: dict[str, Literal["text", "image", "video", "file"]] = {"TEXT": "text", "IMAGE": "image", "VIDEO": "video", "DOCUMENT": "file"}
_BUTTONS: dict[str, Literal["reply", "address", "code", "other"]] = {"QUICK_REPLY": "reply", "URL": "address", "COPY_CODE": "code"}


class Button(msgspec.Struct):
    """A button as Meta tells it; an address may end in a place."""

    type: str | None = None
    text: str | None = None
    url: str | None = None


class Component(msgspec.Struct):
    """The heading, the words, the small print or the buttons."""

    type: str | None = None
    format: str | None = None
    text: str | None = None
    buttons: list[Button] = []


class Told(msgspec.Struct):
    """A template as Meta tells it."""

    name: str | None = None
    language: str | None = None
    category: str | None = None
    parameter_format: str | None = None
    components: list[Component] = []


async def approved_templates(business: str, *, graph: Graph) -> tuple[ApprovedTemplate, ...]:
    """Those of the account, in Meta's order."""
    found: list[ApprovedTemplate] = []
    async for page in graph.pages(f"{business}/message_templates", query=_QUERY, most=_MOST_PAGES):
        listed = page.get("data")
        for each in listed if isinstance(listed, list) else []:
            told = salvage(each, into=Told)
            if told.name and told.language:
                found.append(_template(told, name=told.name, language=told.language))
    return tuple(found)


def _template(told: Told, *, name: str, language: str) -> ApprovedTemplate:
    parts = {(each.type or "").upper(): each for each in told.components}
    heading, words = parts.get("HEADER"), parts.get("BODY", Component()).text or ""
    heading_text = (heading.text or "") if heading else ""
    return ApprovedTemplate(
        name=name,
        language=language,
        text=words,
        category=(told.category or "").lower(),
        named=(told.parameter_format or "").upper() == "NAMED",
        places=_places(words),
        heading=_HEADINGS.get((heading.format or "").upper(), "other") if heading else "none",
        heading_text=heading_text,
        heading_place=next(iter(_places(heading_text)), None),
        buttons=tuple(_button(each) for each in parts.get("BUTTONS", Component()).buttons),
    )


def _places(text: str) -> tuple[str, ...]:
    """Each once: numbers by their size, names as they come."""
    found = list(dict.fromkeys(_PLACE.findall(text)))
    return tuple(sorted(found, key=int) if all(each.isascii() and each.isdigit() for each in found) else found)


def _button(told: Button) -> ApprovedButton:
    """An address wants a value where it has a place; a code always; what a quick reply answers may be left out."""
    kind = _BUTTONS.get((told.type or "").upper(), "other")
    return ApprovedButton(label=told.text or "", kind=kind, takes_value=kind == "code" or bool(_places(told.url or "")))
