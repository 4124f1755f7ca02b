"""Erasing a person: asked for here, done by every service, certified here. Called by `api` and `subscribers`."""

from services.identity.erasure.asking import Erasures, get_erasure

__all__ = ["Erasures", "get_erasure"]
