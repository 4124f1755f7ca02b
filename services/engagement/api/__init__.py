"""REST of engagement, a module per noun. Edges only: parse, authorise, call one business function, render."""

from fastapi import APIRouter

from services.engagement.api import (
    approvals,
    authorizing,
    beginnings,
    blocks,
    canned,
    channels,
    conversations,
    drafts,
    exporting,
    filters,
    hours,
    inbox,
    jobs,
    labels,
    media,
    merging,
    moderating,
    notes,
    notifications,
    operations,
    presence,
    promises,
    reconciliation,
    replies,
    retention,
    satisfaction,
    search,
    settling,
    translations,
    unsent,
    walls,
)


def routers() -> tuple[APIRouter, ...]:
    """All routes, for the composition."""
    threads = (conversations.router, labels.router, merging.router, notes.router, blocks.router, jobs.router, inbox.router, filters.router)
    written = (
        unsent.router,
        replies.router,
        approvals.router,
        drafts.router,
        beginnings.router,
        canned.router,
        promises.router,
        settling.router,
    )
    beside = (moderating.router, search.router, walls.router, translations.router, presence.router, exporting.router, retention.router)
    return (
        channels.router,
        authorizing.router,
        hours.router,
        reconciliation.router,
        *threads,
        *written,
        operations.router,
        *beside,
        media.router,
        notifications.router,
        satisfaction.router,
    )
