"""What the identity service is told from outside. Read once by `compose`; never global."""

from pydantic import AliasChoices, Field, SecretStr

from services.kit.settings import ServiceSettings


class IdentitySettings(ServiceSettings):
    """`DATABASE_URL_IDENTITY`, or `DATABASE_URL` where all services share one database.

    `INVITATION_LINK` is where an invited person chooses a password, with `{token}` in it; engagement reads it too. `IMPORTS_LIMIT` is how
    many imports of one workspace may wait or run at once: each keeps its file in the database until it ends.
    """

    database_url: SecretStr = Field(validation_alias=AliasChoices("DATABASE_URL_IDENTITY", "DATABASE_URL", "database_url"))
    invitation_link: str = Field(default="", max_length=2000)
    imports_limit: int = Field(default=20, ge=1, le=10_000)
