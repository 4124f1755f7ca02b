"""The same objects as other programs write them down: the Python SDK's names, and the events of Tap. Called by items and reading; pure.

Sources: https://atproto.blue (models' fields), https://github.com/bluesky-social/indigo (cmd/tap).
"""

import re

_PYTHON = b'"py_type"'
_WORD = re.compile(r"_([a-z0-9])")
_DEEPEST = 60
_TAP_NEWS = frozenset({"identity", "account"})


def translated(top: object, *, body: bytes) -> object:
    """What a body holds, in the network's own words; the same object where it is in them already."""
    if _PYTHON in body:
        top = _camel(top, depth=0)
    if isinstance(top, dict):
        return _of_tap(top) or top
    if isinstance(top, list):
        listed = [(_of_tap(each) if isinstance(each, dict) else None) or each for each in top]
        return top if all(new is old for new, old in zip(listed, top, strict=True)) else listed
    return top


def _camel(value: object, *, depth: int) -> object:
    if depth > _DEEPEST:
        return value
    if isinstance(value, dict):
        return {_name(str(name)): _camel(each, depth=depth + 1) for name, each in value.items()}
    return [_camel(each, depth=depth + 1) for each in value] if isinstance(value, list) else value


def _name(name: str) -> str:
    return "$type" if name == "py_type" else _WORD.sub(lambda match: match.group(1).upper(), name)


def _of_tap(event: dict[str, object]) -> dict[str, object] | None:
    """An event of Tap as one of Jetstream; None for everything else."""
    kind = event.get("type")
    told = event.get(kind) if isinstance(kind, str) else None
    if not isinstance(told, dict) or not isinstance(told.get("did"), str):
        return None
    if kind in _TAP_NEWS:
        return {"did": told["did"], "kind": kind, "seq": event.get("id")}
    if kind != "record" or "action" not in told:
        return None
    commit = {name: told[name] for name in ("rev", "collection", "rkey", "cid", "record") if name in told}
    return {"did": told["did"], "kind": "commit", "seq": event.get("id"), "commit": {**commit, "operation": told["action"]}}
