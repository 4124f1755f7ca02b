"""Calls to engagement about channels: what can be connected, and connecting it. Called by loaders and mutations of `channels`."""

from collections.abc import Mapping, Sequence
from urllib.parse import quote
from uuid import UUID

from gateway.clients.service import COMMAND_TIMEOUT_SECONDS, Service
from gateway.errors import ServiceProblemError
from services.contracts.ids import ChannelId
from services.contracts.views import ChannelView
from services.contracts.views.authorizing import AuthorizationBegunView, AuthorizationView
from services.contracts.views.connectors import ApprovedTemplateView, ConnectedView, ConnectorView
from services.contracts.views.sending import ChannelHealthView

NOT_FOUND = 404


class ChannelClient:
    """Accounts of the company on platforms."""

    def __init__(self, service: Service) -> None:
        self._service = service

    async def connectors(self) -> list[ConnectorView]:
        """What can be connected."""
        return await self._service.ask("GET", "/v1/connectors", expect=list[ConnectorView])

    async def templates(self, channel: UUID) -> list[ApprovedTemplateView]:
        """What a channel's platform has approved; the platform is asked."""
        path = f"/v1/channels/{channel}/templates"
        return await self._service.ask("GET", path, expect=list[ApprovedTemplateView], timeout_seconds=COMMAND_TIMEOUT_SECONDS)

    async def connect(self, *, payload: Mapping[str, object], idempotency_key: str | None) -> ConnectedView:
        """Connect an account; payload: platform, name, credentials, config."""
        headers = () if idempotency_key is None else (("idempotency-key", idempotency_key),)
        return await self._service.ask(
            "POST", "/v1/channels", expect=ConnectedView, payload=payload, headers=headers, timeout_seconds=COMMAND_TIMEOUT_SECONDS
        )

    async def change(self, channel: ChannelId, *, payload: Mapping[str, object]) -> ChannelView:
        """Change a channel; payload: name, active, credentials, config."""
        path = f"/v1/channels/{channel}"
        return await self._service.ask("PATCH", path, expect=ChannelView, payload=payload, timeout_seconds=COMMAND_TIMEOUT_SECONDS)

    async def disconnect(self, channel: ChannelId) -> ChannelView:
        """End a channel."""
        return await self._service.ask("DELETE", f"/v1/channels/{channel}", expect=ChannelView)

    async def begin_authorization(self, *, payload: Mapping[str, object], idempotency_key: str | None) -> AuthorizationBegunView:
        """Begin to connect by signing in; payload: platform or channel_id, name, credentials, config, return_to."""
        headers = () if idempotency_key is None else (("idempotency-key", idempotency_key),)
        return await self._service.ask(
            "POST",
            "/v1/authorizations",
            expect=AuthorizationBegunView,
            payload=payload,
            headers=headers,
            timeout_seconds=COMMAND_TIMEOUT_SECONDS,
        )

    async def authorization(self, authorization: UUID) -> AuthorizationView | None:
        """One that the caller began; None where there is none."""
        try:
            return await self._service.ask("GET", f"/v1/authorizations/{authorization}", expect=AuthorizationView)
        except ServiceProblemError as error:
            if error.problem_status == NOT_FOUND:
                return None
            raise

    async def confirm_authorization(self, authorization: UUID, *, code: str) -> AuthorizationView:
        """Connect what was granted, by the code that the person was shown."""
        path, payload = f"/v1/authorizations/{authorization}/confirmation", {"code": code}
        return await self._service.ask("POST", path, expect=AuthorizationView, payload=payload, timeout_seconds=COMMAND_TIMEOUT_SECONDS)

    async def choose_accounts(self, authorization: UUID, *, accounts: Sequence[str]) -> AuthorizationView:
        """Connect these of the accounts granted."""
        path, payload = f"/v1/authorizations/{authorization}/accounts", {"accounts": list(accounts)}
        return await self._service.ask("POST", path, expect=AuthorizationView, payload=payload, timeout_seconds=COMMAND_TIMEOUT_SECONDS)

    async def keep_registration(self, app: str, *, values: Mapping[str, str]) -> None:
        """Give the workspace a registration of its own."""
        await self._service.tell("PUT", f"/v1/registrations/{quote(app, safe='')}", payload={"values": dict(values)})

    async def forget_registration(self, app: str) -> None:
        """Forget it."""
        await self._service.tell("DELETE", f"/v1/registrations/{quote(app, safe='')}")

    async def subscribe(self, channel: ChannelId) -> ChannelHealthView:
        """Let its platform be told where to deliver."""
        return await self._service.ask("POST", f"/v1/channels/{channel}/subscription", expect=ChannelHealthView, payload={})
