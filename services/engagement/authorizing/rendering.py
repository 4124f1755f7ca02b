"""An authorization as it is answered: never what is sealed in it. Called by the edges."""

from uuid import UUID

from services.contracts.ids import ChannelId
from services.contracts.views.authorizing import AuthorizationView, GrantedAccountView
from services.engagement.authorizing.authorizer import Came


def authorization_view(came: Came) -> AuthorizationView:
    """How it stands."""
    row = came.row
    return AuthorizationView(
        id=row["id"],
        platform=row["platform"],
        state=row["state"],
        reason=row["reason"],
        accounts=tuple(GrantedAccountView(account=each.account, name=each.name) for each in came.accounts),
        channel_ids=tuple(ChannelId(UUID(each)) for each in row["channels"].split()),
        begun_at=row["begun_at"],
        expires_at=row["expires_at"],
    )
