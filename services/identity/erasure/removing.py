"""What identity itself removes of a person. Called by the request, in its transaction, and by the job, for what was under way then."""

from collections import Counter
from datetime import datetime
from uuid import UUID

from services.contracts.ids import WorkspaceId
from services.identity.statements import erasing as statements
from services.identity.statements.linking import linking_lock
from services.identity.statements.person_exports import removed_exports
from services.kit.db import Connection, Database
from services.kit.erasing import Removed, Subject
from services.kit.ids import FIRST_ID


async def remove(connection: Connection, workspace: WorkspaceId, subject: Subject) -> Counter[str]:
    """Delete the subject's profiles, but not those that began anew since; gives counts by kind."""
    await linking_lock(connection, workspace)
    profiles = sorted(subject.profiles)
    await statements.outlived_versions(connection, workspace, profiles)
    # Words may be heard of a profile that is not known, or not any more: they go by their own time.
    words = await statements.removed_words(connection, workspace, profiles, until=subject.at)
    rows = await statements.profiles_of_the_past(connection, workspace, profiles, until=subject.at)
    exports = await removed_exports(connection, workspace, profiles)
    if not rows:
        return Counter(consents=words, exports=exports)
    contacts = {row["home_contact_id"] for row in rows} | {row["contact_id"] for row in rows if row["contact_id"] is not None}
    counts = await statements.removed_profiles(connection, workspace, [row["id"] for row in rows], contacts=sorted(contacts))
    counts["consents"] += words
    counts["exports"] += exports
    return counts


class Remover:
    """The job's own step in identity. `database` is of the role `app`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def __call__(self, workspace: WorkspaceId, subject: Subject, until: datetime) -> Removed:
        """See kit.erasing.Remove. While a file is being imported it waits: the file may tell of the person."""
        del until
        async with self._database.transaction(workspace) as connection:
            removed = Removed(counts=await remove(connection, workspace, subject))
            removed.waits = await statements.is_importing(connection, workspace)
        after: tuple[UUID, int] | None = (FIRST_ID, -1)
        names = [*subject.values, *(each.external_id for each in subject.accounts)]
        while after is not None:
            async with self._database.transaction(workspace) as connection:
                count, after = await statements.removed_refusals(connection, workspace, names, after=after)
            removed.counts["import_refusals"] += count
        return removed
