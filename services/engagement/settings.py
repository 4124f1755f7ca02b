"""What the engagement service is told from outside. Read once in `main.compose`, passed down."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource

from services.kit.settings import ServiceSettings


class _Registrations(EnvSettingsSource):
    """OAUTH_<APP>_<VALUE>: which apps there are, and what their registrations consist of, is the connectors' to say."""

    def __call__(self) -> dict[str, object]:
        """All of them, as the field `oauth`."""
        return {"oauth": {name.upper(): value for name, value in self.env_vars.items() if name.lower().startswith("oauth_") and value}}


class EngagementSettings(ServiceSettings):
    """`DATABASE_URL_ENGAGEMENT` (or `DATABASE_URL`) names the database; the rest is common to all processes."""

    database_url: SecretStr = Field(validation_alias=AliasChoices("DATABASE_URL_ENGAGEMENT", "DATABASE_URL", "database_url"))
    webhook_body_limit_bytes: int = Field(default=1024 * 1024, ge=1024)
    journal_retention_days: int = Field(default=30, ge=1)
    outbox_retention_days: int = Field(default=7, ge=1)
    send_timeout_seconds: float = Field(default=20, gt=0, le=50)
    historic_after_hours: int = Field(default=24, ge=1)
    listeners_limit: int = Field(default=100, ge=0)
    listeners_longest_rest_seconds: float = Field(default=86_400, gt=0)
    media_folder: Path | None = None
    media_bucket: str = ""
    media_endpoint: str | None = None
    media_region: str = "us-east-1"
    media_key_id: str = ""
    media_secret: SecretStr = SecretStr("")
    trusted_proxies: int = Field(default=0, ge=0, le=10)
    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65_535)
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_username: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_sender: str = "rapport@localhost"
    translation_url: str = ""
    translation_api_key: SecretStr = SecretStr("")
    translation_timeout_seconds: float = Field(default=8, gt=0, le=30)
    conversation_link: str = ""
    invitation_link: str = Field(default="", max_length=2000)
    oauth: Mapping[str, SecretStr] = Field(default_factory=dict)

    def oauth_values(self) -> dict[str, str]:
        """The deployment's registrations by their names in the environment."""
        return {name: value.get_secret_value() for name, value in self.oauth.items()}

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *sources: PydanticBaseSettingsSource, **named: PydanticBaseSettingsSource
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Registrations beside what pydantic reads."""
        return (*super().settings_customise_sources(settings_cls, *sources, **named), _Registrations(settings_cls))
