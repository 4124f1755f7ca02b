"""When credentials that end are renewed: early, and the earlier the longer they last. Plain rules."""

from datetime import datetime, timedelta

SHARE = 10
EARLIEST = timedelta(days=7)
LATEST = timedelta(minutes=5)


def refresh_at(expires_at: datetime | None, *, now: datetime) -> datetime | None:
    """A tenth of what is left before the end, between five minutes and a week; of what lasts less than ten minutes, half. None: never.

    An hour's token is renewed six minutes before it ends, one of sixty days six days before: an outage of a platform for a day, or
    of ours, does no harm to the latter, and the former has its owner's refresh token.
    """
    if expires_at is None:
        return None
    left = max(expires_at - now, timedelta())
    margin = min(max(left / SHARE, LATEST), EARLIEST)
    return expires_at - min(margin, left / 2)
