"""What else the API answers with, known by its fields: nothing of it happened between a person and us. Called by reading; pure.

Vendor's pages: https://docs.joinmastodon.org/entities/ and /methods/.
"""

from collections.abc import Iterable, Mapping


def _table(rows: Iterable[tuple[str, str]]) -> tuple[tuple[frozenset[str], str], ...]:
    return tuple((frozenset(fields.split()), words) for fields, words in rows)


# The first whose fields are all there says what it is; those with more fields stand before those with fewer.
_ENTITIES = _table(
    (
        ("@context type", "an object of ActivityPub, which servers send one another"),
        ("for_not_following for_not_followers", "which notifications are filtered"),
        ("filter_not_following filter_not_followers", "which notifications are filtered"),
        ("pending_requests_count", "a count of filtered notifications"),
        ("alerts endpoint", "a subscription to web pushes"),
        ("access_token token_type", "credentials of an application"),
        ("access_token scope", "credentials of an application"),
        ("client_id client_secret", "an application"),
        ("redirect_uris name", "an application"),
        ("vapid_key name", "an application"),
        ("issuer authorization_endpoint", "how the server signs people in"),
        ("iss sub", "who is signed in"),
        ("scheduled_at params", "a post that is planned"),
        ("published_at content", "an announcement of the server"),
        ("announcement_id name", "a reaction to an announcement of the server"),
        ("content spoiler_text created_at", "an earlier version of a post"),
        ("detected_source_language content", "a translation of a post"),
        ("id text spoiler_text", "the source of a post"),
        ("preview_url type", "a file"),
        ("meta type url", "a file"),
        ("blurhash type", "a file"),
        ("votes_count options", "a poll"),
        ("expires_at options", "a poll"),
        ("provider_name html", "a preview of a link"),
        ("provider_name url title", "a preview of a link"),
        ("requested following", "how two accounts stand to one another"),
        ("followed_by id", "how two accounts stand to one another"),
        ("canonical_email_hash id", "news for the server's administrators"),
        ("ips email", "news for the server's administrators"),
        ("action_taken id", "a report"),
        ("target_account action", "a warning of the server's moderators"),
        ("target_name type", "ties to accounts that the server cut"),
        ("purged type", "ties to accounts that the server cut"),
        ("notifications_count account", "notifications that are filtered, of one account"),
        ("last_read_id updated_at", "how far was read"),
        ("filter keyword_matches", "a filter"),
        ("filter_action title", "a filter"),
        ("keyword whole_word", "a filter"),
        ("phrase context", "a filter"),
        ("replies_policy title", "a list of accounts"),
        ("exclusive title", "a list of accounts"),
        ("configuration registrations", "the server"),
        ("domain source_url", "the server"),
        ("uri urls", "the server"),
        ("stats uri", "the server"),
        ("title description version", "the server"),
        ("email_domain_blocks domain", "news for the server's administrators"),
        ("domain severity", "servers that are blocked"),
        ("domain history", "news for the server's administrators"),
        ("ip severity", "news for the server's administrators"),
        ("ip used_at", "news for the server's administrators"),
        ("frequency period", "figures of the server"),
        ("key total", "figures of the server"),
        ("week logins", "figures of the server"),
        ("shortcode static_url", "a custom emoji"),
        ("source account", "an account suggested to follow"),
        ("sources account", "an account suggested to follow"),
        ("profile_url proof_url", "an account's proofs"),
        ("provider_username proof_url", "an account's proofs"),
        ("account_id items", "a collection of accounts"),
        ("collection accounts", "a collection of accounts"),
        ("account_id item_count", "a collection of accounts"),
        ("async_refresh", "work that the server has not finished"),
        ("current_user automatic", "who may quote a post"),
        ("quoted_status state", "a quote"),
        ("quoted_status_id state", "a quote"),
        ("fields_attributes", "an account"),
        ("id acct", "an account"),
        ("acct url", "an account"),
        ("acct username", "an account"),
        ("username email", "an account"),
        ("subject links", "an account's addresses"),
        ("attribution_domains note", "a profile"),
        ("header_description note", "a profile"),
        ("history url", "a tag or link that many speak of"),
        ("statuses_count name", "a tag"),
        ("name url", "a tag"),
        ("permissions color", "a role"),
        ("hint text", "a rule of the server"),
        ("content updated_at", "a text about the server"),
        ("content effective", "a text about the server"),
        ("state text", "an appeal"),
        ("year data", "a yearly summary"),
        ("annual_reports", "yearly summaries"),
        ("day uses", "how often a tag was used"),
        ("accounts uses", "how often a tag was used"),
        ("accounts hashtags", "what a search found"),
        ("human_key value", "figures of the server"),
        ("requires_review trendable", "a tag"),
        ("src size", "a picture of the server"),
    )
)
# So little is said of other things, too: these are known only where there is hardly anything else.
_SMALL_ENTITIES = _table(
    (
        ("id status_id", "a filter"),
        ("key data", "figures of the server"),
        ("merged", "whether notifications were merged"),
        ("count", "a count"),
        ("id accounts", "accounts that follow it too"),
        ("color name", "a role"),
        ("id text", "a rule of the server"),
        ("title votes_count", "an answer of a poll"),
        ("count name", "a reaction to an announcement of the server"),
        ("date value", "figures of the server"),
        ("created_at domain", "news for the server's administrators"),
        ("name value", "a field of an account"),
        ("year", "a yearly summary"),
        ("created_at state", "an entry of a collection"),
        ("filter", "a filter"),
        ("options id", "a poll"),
        ("description id", "a description of a file"),
        ("status", "a state of the server"),
        ("state", "a state of what was asked for"),
        ("id url", "a link to a post"),
        ("id title", "a list of accounts"),
        ("title", "a title without anything else"),
        ("media_ids", "a post on its way out"),
        ("poll", "a post on its way out"),
    )
)
_MOST_FIELDS_OF_SMALL = 5
_PREFERENCE = "posting:default:"
_FILES = frozenset({"image", "gifv", "video", "audio", "unknown"})
_ANSWERS = frozenset({"error", "errors"})


def known_as(entity: Mapping[str, object]) -> str | None:
    """What the API answered with, in words; None for what is none of its entities."""
    if not entity:
        return "an empty answer"
    if _ANSWERS & entity.keys():
        return "a refusal of the server, nothing that happened"
    if any(name.startswith(_PREFERENCE) for name in entity):
        return "an account's preferences"
    if all(isinstance(value, dict) and "last_read_id" in value for value in entity.values()):
        return "how far was read"
    if str(entity.get("type")) in _FILES and "id" in entity and "title" not in entity:
        return "a file"
    tables = (*_ENTITIES, *(_SMALL_ENTITIES if len(entity) <= _MOST_FIELDS_OF_SMALL else ()))
    return next((words for fields, words in tables if fields <= entity.keys()), None)
