"""What a process is told from outside. Each service subclasses this; read once in `compose`, passed down, never global.

The one secret is RAPPORT_SECRET_KEY: role passwords, the key of profile ids and the keys of the vault are derived from it.
"""

import base64
import binascii
from typing import Annotated, Literal
from urllib.parse import quote, urlsplit, urlunsplit

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Role = Literal["app", "intake", "worker"]
SECRET_KEY_BYTES = 32


class ProcessSettings(BaseSettings):
    """What the gateway and every service need. Environment names are the field names in capitals, unless noted."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, populate_by_name=True)

    nats_url: SecretStr = SecretStr("nats://127.0.0.1:4222")
    secret_key: SecretStr = Field(validation_alias=AliasChoices("RAPPORT_SECRET_KEY", "secret_key"))
    identity_url: str = "http://127.0.0.1:8101"
    engagement_url: str = "http://127.0.0.1:8102"
    routing_url: str = "http://127.0.0.1:8103"
    public_url: str = "http://127.0.0.1:8080"
    log_level: str = "info"
    otlp_endpoint: str | None = Field(default=None, validation_alias=AliasChoices("OTEL_EXPORTER_OTLP_ENDPOINT", "otlp_endpoint"))
    allow_private_addresses: bool = False
    nats_replicas: int = Field(default=1, ge=1, le=5)
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Origins of front-ends on other addresses, such as https://console.example.com; comma-separated."
    )

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        _decode_secret(value.get_secret_value())
        return value

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip().rstrip("/") for part in value.split(",") if part.strip())
        return value

    def origins(self) -> frozenset[str]:
        """Every origin whose pages are ours: those may speak to the gateway, and people come back to them. Our own address is one."""
        parts = urlsplit(self.public_url)
        return frozenset({f"{parts.scheme}://{parts.netloc}", *self.allowed_origins})

    def key_for(self, purpose: str) -> bytes:
        """32 bytes for one purpose, derived from the secret key (HKDF-SHA256, RFC 5869)."""
        return derive_key(self.secret_key.get_secret_value(), purpose)

    def deployment_key(self) -> bytes:
        """The key of contracts.ids.profile_id."""
        return self.key_for("profile-id")


class ServiceSettings(ProcessSettings):
    """What a service with a schema needs; subclasses add `DATABASE_URL_<SERVICE>` as the alias of `database_url`."""

    database_url: SecretStr

    def role_url(self, service: str, *, role: Role) -> str:
        """The connection address of one of the service's three roles, its password derived."""
        return role_url(
            self.database_url.get_secret_value(),
            secret_key=self.secret_key.get_secret_value(),
            service=service,
            role=role,
        )


def role_url(owner_url: str, *, secret_key: str, service: str, role: Role) -> str:
    """The owner's address with the user and password of `<service>_<role>` in its place."""
    name = f"{service}_{role}"
    parts = urlsplit(owner_url)
    place = parts.netloc.rpartition("@")[2]
    login = f"{name}:{quote(role_password(secret_key, name))}"
    return urlunsplit((parts.scheme, f"{login}@{place}", parts.path, parts.query, ""))


def role_password(secret_key: str, role_name: str) -> str:
    """The password of a database role; `rapport migrate` sets it, services use it, nobody stores it."""
    return derive_key(secret_key, f"role:{role_name}").hex()


def derive_key(secret_key: str, purpose: str) -> bytes:
    """32 bytes from the deployment's secret key for one purpose."""
    material = _decode_secret(secret_key)
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"rapport:{purpose}".encode()).derive(material)


def _decode_secret(value: str) -> bytes:
    try:
        raw = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except (binascii.Error, ValueError) as error:
        raise ValueError(_KEY_ADVICE) from error
    if len(raw) < SECRET_KEY_BYTES:
        raise ValueError(_KEY_ADVICE)
    return raw


_KEY_ADVICE = (
    "RAPPORT_SECRET_KEY must be at least 32 random bytes in base64url; make one with: "
    'python -c "import secrets; print(secrets.token_urlsafe(32))"'
)
