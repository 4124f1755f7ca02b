"""What the house is known by where servers read a document instead of taking a registration. Made by `main` and the command line.

The document is public; the key never leaves the house, and is the same as long as the deployment's secret key is.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from services.engagement.channels import CALLBACKS
from services.engagement.connectors import find_connector
from services.engagement.protocol import Describes

PURPOSE = "oauth-client"
SUFFIX = ".json"


@dataclass(frozen=True, slots=True)
class Client:
    """`key` is 32 bytes of the deployment's; addresses begin with `public_url`."""

    public_url: str
    key: bytes = field(repr=False)

    def app(self, platform: str) -> dict[str, str]:
        """What a connector that describes itself is given; nothing for the others."""
        if _describing(platform) is None:
            return {}
        key = base64.urlsafe_b64encode(self.key).rstrip(b"=").decode()
        return {"client_id": f"{self._place(platform)}{SUFFIX}", "client_key": key}

    def document(self, platform: str) -> Mapping[str, object] | None:
        """What servers read; None where the platform has no such document."""
        connector = _describing(platform)
        return connector.describe(app=self.app(platform), redirect_url=self._place(platform)) if connector else None

    def _place(self, platform: str) -> str:
        return f"{self.public_url.rstrip('/')}{CALLBACKS}{platform}"


def _describing(platform: str) -> Describes | None:
    connector: object = find_connector(platform)
    return connector if isinstance(connector, Describes) else None
