"""What the routing service is told from outside. Read once in `main.compose`, passed down."""

from pydantic import AliasChoices, Field, SecretStr

from services.kit.settings import ServiceSettings


class RoutingSettings(ServiceSettings):
    """`DATABASE_URL_ROUTING` (or `DATABASE_URL`) names the database; the rest is common to all processes."""

    database_url: SecretStr = Field(validation_alias=AliasChoices("DATABASE_URL_ROUTING", "DATABASE_URL", "database_url"))
