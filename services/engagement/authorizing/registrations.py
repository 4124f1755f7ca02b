"""Our registrations at the platforms' houses: a workspace's own, else the deployment's. Called by the flows beside and by the refresher.

The deployment's come from the environment, as OAUTH_<APP>_<VALUE>; a workspace's are sealed and never shown again.
"""

from collections.abc import Mapping
from datetime import datetime

import orjson

from services.contracts.ids import WorkspaceId
from services.engagement.authorizing.clients import Client
from services.engagement.authorizing.errors import RegistrationMalformedError, RegistrationMissingError
from services.engagement.authorizing.rotating import follow_registration
from services.engagement.connectors import connectors
from services.engagement.protocol import Authorizes, Connector, Declaration, SignIn
from services.engagement.statements import authorizing as statements
from services.kit.crypto import Vault
from services.kit.db import Connection

PREFIX = "OAUTH_"


def sign_in_of(connector: Connector) -> SignIn | None:
    """How a connector's accounts are connected by signing in; None where they are not."""
    if not isinstance(connector, Authorizes):
        return None
    return connector.declaration.sign_in or SignIn()


def app_of(declaration: Declaration) -> str:
    """The name of our registration that a platform uses."""
    return (declaration.sign_in.app if declaration.sign_in else None) or declaration.platform


def environment_name(app: str, value: str) -> str:
    """Under which the environment gives a value of a registration."""
    return f"{PREFIX}{app}_{value}".upper()


class Registrations:
    """What we are registered as. `given` are the deployment's values by their names in the environment; `client` is who we are without."""

    def __init__(self, given: Mapping[str, str], *, vault: Vault, client: Client) -> None:
        self._given = given
        self._vault = vault
        self.client = client

    async def find(self, connection: Connection, workspace: WorkspaceId, declaration: Declaration) -> dict[str, str]:
        """The registration for a platform as far as there is one; a workspace's own goes before the deployment's."""
        app = app_of(declaration)
        sealed = await statements.registration_of(connection, workspace, app)
        described = self.client.app(declaration.platform)
        if sealed is None:
            return {**self._of_deployment(declaration, declaration.sign_in or SignIn()), **described}
        values: dict[str, str] = orjson.loads(self._vault.open(sealed, bound_to=_bound_to(workspace, app)))
        return {**values, **described}

    async def get(self, connection: Connection, workspace: WorkspaceId, declaration: Declaration) -> dict[str, str]:
        """The whole registration for a platform. Raises RegistrationMissingError."""
        found = await self.find(connection, workspace, declaration)
        sign_in = declaration.sign_in or SignIn()
        missing, app = _missing(found, sign_in), app_of(declaration)
        if missing:
            settings = [environment_name(app, each) for each in missing]
            message = f"Set {' and '.join(settings)}, or give the workspace a registration of its own: PUT /v1/registrations/{app}."
            raise RegistrationMissingError(message, missing=missing, settings=settings)
        return found

    async def keep(self, connection: Connection, workspace: WorkspaceId, app: str, values: Mapping[str, str], *, now: datetime) -> None:
        """Give a workspace a registration of its own. Raises RegistrationMalformedError.

        Where it is the same app with a new secret, the workspace's channels that prove deliveries by the old one get it, too.
        """
        wanted = _wanted(app)
        missing = [name for name, required in sorted(wanted.items()) if required and not values.get(name, "").strip()]
        unknown = sorted(values.keys() - wanted.keys())
        if missing or unknown:
            needed = ", ".join(sorted(wanted)) or "nothing"
            raise RegistrationMalformedError(f"A registration for {app} consists of: {needed}.", missing=missing, unknown=unknown)
        before = await self.find(connection, workspace, _user_of(app))
        sealed = self._vault.seal(orjson.dumps(dict(values)), bound_to=_bound_to(workspace, app))
        await statements.keep_registration(connection, workspace, app, sealed=sealed, now=now)
        await follow_registration(connection, workspace, app, before=before, after=values, vault=self._vault, now=now)

    def _of_deployment(self, declaration: Declaration, sign_in: SignIn) -> dict[str, str]:
        app = app_of(declaration)
        found = {each.name: self._given.get(environment_name(app, each.name), "") for each in sign_in.registration}
        return {name: value for name, value in found.items() if value}


def _missing(values: Mapping[str, str], sign_in: SignIn) -> list[str]:
    return [each.name for each in sign_in.registration if each.required and not values.get(each.name)]


def _wanted(app: str) -> dict[str, bool]:
    """What a registration under this name consists of, for all platforms that use it, and what all of them need.

    Raises RegistrationMalformedError.
    """
    signed = [(connector.declaration, sign_in_of(connector)) for connector in connectors().values()]
    users = [sign_in for declaration, sign_in in signed if sign_in is not None and app_of(declaration) == app]
    if not users:
        raise RegistrationMalformedError(f"No platform uses a registration {app!r}; GET /v1/connectors names them as sign_in.app.")
    asked = [each for sign_in in users for each in sign_in.registration]
    return {each.name: sum(one.required for one in asked if one.name == each.name) == len(users) for each in asked}


def _user_of(app: str) -> Declaration:
    """A platform that uses it; `_wanted` has found one."""
    declarations = (connector.declaration for connector in connectors().values() if sign_in_of(connector) is not None)
    return next(each for each in declarations if app_of(each) == app)


def _bound_to(workspace: WorkspaceId, app: str) -> bytes:
    return f"registration:{workspace}:{app}".encode()
