"""A secret of a registration that is replaced is replaced in the channels that prove deliveries by it. Called by registrations."""

from collections.abc import Mapping
from datetime import datetime

from services.contracts.ids import ChannelId, WorkspaceId
from services.engagement import channels
from services.engagement.connectors import find_connector
from services.engagement.protocol import Authorizes
from services.engagement.registry import CURRENT_SECRET
from services.engagement.statements import channels as statements
from services.kit.crypto import Vault
from services.kit.db import Connection

_SAME_APP = "client_id"


async def follow_registration(  # noqa: PLR0913 - what was, what is, and what it takes
    connection: Connection,
    workspace: WorkspaceId,
    app: str,
    *,
    before: Mapping[str, str],
    after: Mapping[str, str],
    vault: Vault,
    now: datetime,
) -> None:
    """Give the workspace's channels the new secret; the old one counts beside it.

    Another app's registration changes none of them: tokens and deliveries are the old app's until they are connected again.
    """
    replaced = {value: after[name] for name, value in before.items() if value and after.get(name) and after[name] != value}
    if not replaced or before.get(_SAME_APP) != after.get(_SAME_APP):
        return
    for row in await statements.channels_of(connection, workspace):
        if row["disconnected_at"] is not None or not _uses(row["platform"], app):
            continue
        secret = channels.open_credentials(row, workspace=workspace, vault=vault).get(CURRENT_SECRET, "")
        if secret in replaced:
            await channels.change_channel(
                connection,
                workspace,
                ChannelId(row["id"]),
                name=None,
                active=None,
                credentials={CURRENT_SECRET: replaced[secret]},
                config=None,
                vault=vault,
                now=now,
            )


def _uses(platform: str, app: str) -> bool:
    connector = find_connector(platform)
    if connector is None or not isinstance(connector, Authorizes):
        return False
    declaration = connector.declaration
    return app == ((declaration.sign_in.app if declaration.sign_in else None) or declaration.platform)
