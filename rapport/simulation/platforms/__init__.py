"""The platforms that the stage plays, one module each. Read by app; none knows another."""

from collections.abc import Mapping

from rapport.simulation.calls import Platform
from rapport.simulation.platforms.bluesky import BLUESKY
from rapport.simulation.platforms.facebook import FACEBOOK
from rapport.simulation.platforms.feeds import FEEDS
from rapport.simulation.platforms.google_business import GOOGLE_BUSINESS
from rapport.simulation.platforms.instagram import INSTAGRAM
from rapport.simulation.platforms.mastodon import MASTODON
from rapport.simulation.platforms.webchat import WEBCHAT
from rapport.simulation.platforms.whatsapp import WHATSAPP
from rapport.simulation.platforms.youtube import YOUTUBE

_ALL = (FACEBOOK, INSTAGRAM, WHATSAPP, MASTODON, BLUESKY, YOUTUBE, GOOGLE_BUSINESS, FEEDS, WEBCHAT)
PLATFORMS: Mapping[str, Platform] = {each.name: each for each in _ALL}
