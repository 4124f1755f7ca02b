"""What is understood but says nothing: profiles, sessions, descriptions, answers to our own calls. Called by reading; pure."""

import re

# The first whose names are all there says what an object is.
_QUIET: tuple[tuple[frozenset[str], str], ...] = tuple(
    (frozenset(names.split()), reason)
    for names, reason in (
        ("accessJwt", "a session"),
        ("did didDoc", "a DID document with its repository"),
        ("didDoc", "a DID document"),
        ("@context id", "a DID document"),
        ("verificationMethod", "a DID document"),
        ("alsoKnownAs", "a DID document"),
        ("client_id redirect_uris", "the description of an OAuth client"),
        ("issuer token_endpoint", "the description of an OAuth server"),
        ("issuer authorization_endpoint", "the description of an OAuth server"),
        ("authorization_servers", "the description of a protected resource"),
        ("access_token", "the answer of an OAuth server"),
        ("request_uri", "the answer of an OAuth server"),
        ("lexicon id defs", "a lexicon"),
        ("error message", "an error of the API"),
        ("error", "an error of the API"),
        ("preferences", "settings of an account"),
        ("external", "a card"),
        ("images", "pictures"),
        ("byteStart", "a place in a text"),
        ("features index", "a place in a text"),
        ("allowIncoming", "who may write to an account"),
        ("allowSubscriptions", "who may subscribe to an account"),
        ("push include", "settings of an account"),
        ("push list", "settings of an account"),
        ("thumb fullsize", "a picture"),
        ("thumbnail fullsize", "a picture"),
        ("feedgens lists", "a profile"),
        ("followers", "a list of followers: each came as a notification"),
        ("follows", "a list of accounts that somebody follows"),
        ("repostedBy", "a list of who reposted a post: each came as a notification"),
        ("repo collection", "a request to write a record"),
        ("repo writes", "a request to write records"),
        ("identifier password", "a request to sign in"),
        ("convoId message", "a request to send a message"),
        ("convoId rev", "the answer to a change of a conversation"),
        ("commit results", "the answer to a write"),
        ("commit uri cid", "the answer to a write"),
        ("uri cid validationStatus", "the answer to a write"),
        ("handle did", "a profile"),
        ("handle displayName", "a profile"),
        ("did displayName", "a profile"),
        ("uri notFound", "a post that is gone"),
        ("uri blocked", "a post that is blocked"),
        ("uri detached", "a post that its author detached"),
        ("blob", "a file that was handed in"),
        ("uri cid", "the name of a record"),
        ("uri", "the name of a record"),
        ("did", "the name of an account"),
        ("handle", "the name of an account"),
        ("cid", "the name of a record"),
    )
)
_WORDS = """
activated active activitySubscription actors addedMembers ageAssurance allow availability availableUserDomains blobs
blocks bookmarks canChat canCreateGroups canUpload chatDisabled checkEmailConfirmed cids code codes collections commits
config count cursor drafts features feeds generators groupMemberLimit headers hiddenReplies hitsTotal hosts intents
interactions inviteCodeRequired invites isOnline isValid items jobStatus joinLink joinLinkPreviews labels
lastInitiatedAt list lists listsWithMembership liveNow memberCount members messageId mutes operation passwords postgate
preferences privileged profiles relatedProfiles relationships repoCommit reports repos reqId requestedAt rev seenAt
signingKey starterPack starterPacks starterPacksWithMembership state status subjectStatuses subscription subscriptions
success suggested suggestions team threadgate token tokenRequired topics trends unreadAcceptedConvos unreadRequestConvos
updatedCount val validDid values verifications view views
"""
_ANSWERS = frozenset(_WORDS.split())
_SPACES = ("app.bsky.", "chat.bsky.", "com.atproto.", "tools.ozone.", "network.bsky.", "community.lexicon.", "site.standard.")
_MARKS = frozenset({"did", "handle", "uri", "cid", "indexedAt", "createdAt", "rkey", "rev"})
_PLACEHOLDER = re.compile(r"(user|record|cids?|did|token|link)\(\d+\)")
_DEPTH = 6
_BREADTH = 50


def quiet_reason(item: object) -> str | None:
    """Why an object of the platform says nothing; None for what is nothing of the platform."""
    if isinstance(item, dict):
        type_ = item.get("$type")
        if not item:
            return "an empty answer"
        if isinstance(type_, str) and type_.startswith(_SPACES):
            return f"an object of {type_[:100]}: nobody speaks to anybody in it"
        for names, reason in _QUIET:
            if names <= item.keys():
                return reason
        if item.keys() & _ANSWERS and (_is_of_platform(item) or item.keys() <= _ANSWERS):
            return f"an answer of the API: {', '.join(sorted(item.keys() & _ANSWERS))[:100]}"
    return "an object of the API in which nobody speaks to anybody" if _is_of_platform(item) else None


def _is_of_platform(value: object) -> bool:
    """Whether addresses, DIDs or types of the AT Protocol are anywhere near the top."""
    level = [value]
    for _ in range(_DEPTH):
        deeper: list[object] = []
        for each in level[:_BREADTH]:
            if isinstance(each, str) and (each.startswith(("at://", "did:", *_SPACES)) or "bsky" in each or _PLACEHOLDER.fullmatch(each)):
                return True
            if isinstance(each, dict):
                if "$type" in each or len(each.keys() & _MARKS) >= 2:
                    return True
                deeper.extend(each.values())
            elif isinstance(each, list):
                deeper.extend(each)
        level = deeper
    return False
