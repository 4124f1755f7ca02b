"""Links by which people see and change what we may write, made without asking identity, which serves them. Pure."""

from dataclasses import dataclass
from datetime import datetime

from services.contracts.ids import ProfileId, WorkspaceId
from services.contracts.preference_links import PATH, PURPOSE, PreferenceLink, token_of
from services.engagement.settings import EngagementSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceLinks:
    """`key` is the deployment's for this purpose; links begin with `public_url`."""

    key: bytes
    public_url: str

    @classmethod
    def of(cls, settings: EngagementSettings) -> "PreferenceLinks":
        """Those of this deployment."""
        return cls(key=settings.key_for(PURPOSE), public_url=settings.public_url)

    def link(self, workspace: WorkspaceId, profile: ProfileId, *, now: datetime) -> str:
        """The whole address."""
        token = token_of(self.key, PreferenceLink(workspace=workspace, profile=profile, made_at=now))
        return f"{self.public_url.rstrip('/')}{PATH}{token}"
