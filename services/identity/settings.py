"""What the identity service is told from outside. Read once by `compose`; never global."""

from pydantic import AliasChoices, Field, SecretStr

from services.kit.settings import ServiceSettings


class IdentitySettings(ServiceSettings):
    """`DATABASE_URL_IDENTITY`, or `DATABASE_URL` where all services share one database.

    `INVITATION_LINK` is where an invited person chooses a password, with `{token}` in it; engagement reads it too.
    """

    database_url: SecretStr = Field(validation_alias=AliasChoices("DATABASE_URL_IDENTITY", "DATABASE_URL", "database_url"))
    invitation_link: str = Field(default="", max_length=2000)
