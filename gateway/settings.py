"""What the gateway is told from outside; read once in `main`."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from services.kit.settings import ProcessSettings


class GatewaySettings(ProcessSettings):
    """Beside what every process is told: which other sites' pages may speak to the gateway."""

    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Origins of front-ends on other addresses, such as https://console.example.com; comma-separated."
    )

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip())
        return value

    def origins(self) -> frozenset[str]:
        """Every origin whose pages may speak to the gateway, its own public address included."""
        parts = urlsplit(self.public_url)
        return frozenset({f"{parts.scheme}://{parts.netloc}", *self.allowed_origins})
