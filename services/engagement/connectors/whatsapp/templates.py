"""An approved template, filled in, as a message's body names it. Called by sending; pure.

Vendor's pages: .../whatsapp/templates/components, .../templates/overview (named places), .../messages/template-messages.
"""

from services.engagement.protocol import Template, TemplateButton, UnsendableError

# Each kind of button: what the API calls it, and what it calls the value.
_BUTTONS = {"reply": ("quick_reply", "payload"), "address": ("url", "text"), "code": ("copy_code", "coupon_code")}
_FILES = frozenset({"image", "video", "document"})


def template_of(template: Template, *, file: dict[str, object] | None) -> dict[str, object]:
    """Name, language, and the places that are filled; `file` stands in the heading. Raises `UnsendableError`."""
    components = [
        *_component("header", _header(template, file=file)),
        *_component("body", _body(template)),
        *(_button(each) for each in sorted(template.buttons, key=lambda each: each.index)),
    ]
    written: dict[str, object] = {"name": template.name, "language": {"policy": "deterministic", "code": template.language}}
    return {**written, "components": components} if components else written


def _component(type_: str, parameters: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{"type": type_, "parameters": parameters}] if parameters else []


def _header(template: Template, *, file: dict[str, object] | None) -> list[dict[str, object]]:
    """A file, or the words of the one place that a heading has."""
    if file is None:
        return [] if template.header is None else [_text(template.header, name=template.header_name)]
    if template.header is not None:
        raise UnsendableError("the heading of a template has words or a file, not both")
    if file["type"] not in _FILES:
        raise UnsendableError("the header of a template takes an image, a video or a file")
    return [file]


def _body(template: Template) -> list[dict[str, object]]:
    if template.parameters and template.named:
        raise UnsendableError("a template's places are filled in order or by name, not both")
    return [
        *(_text(each, name=None) for each in template.parameters),
        *(_text(value, name=name) for name, value in template.named.items()),
    ]


def _text(value: str, *, name: str | None) -> dict[str, object]:
    return {"type": "text", **({"parameter_name": name} if name else {}), "text": value}


def _button(button: TemplateButton) -> dict[str, object]:
    kind, named = _BUTTONS[button.kind]
    return {"type": "button", "sub_type": kind, "index": str(button.index), "parameters": [{"type": named, named: button.value}]}
