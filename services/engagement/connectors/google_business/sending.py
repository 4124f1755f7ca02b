"""What goes to Google: the owner's reply, the places of an account, where notices go. Called by the connector.

Vendor's pages: https://developers.google.com/my-business/reference/rest/v4/accounts.locations.reviews/updateReply, /deleteReply, /get,
https://developers.google.com/my-business/reference/accountmanagement/rest/v1/accounts/list,
.../businessinformation/rest/v1/accounts.locations/list, .../notifications/rest/v1/accounts/updateNotificationSetting.
"""

from collections.abc import Mapping

from services.engagement.connectors.google_business.payloads import Review
from services.engagement.connectors.google_business.setting import part_of
from services.engagement.families.google import Api, api_for
from services.engagement.protocol import (
    Account,
    ChannelAccess,
    CredentialsExpiredError,
    Found,
    Net,
    NotFoundError,
    OutboundReply,
    RejectedError,
    Sent,
    UnsendableError,
    salvage,
)

REVIEWS = "https://mybusiness.googleapis.com/v4/"
ACCOUNTS = "https://mybusinessaccountmanagement.googleapis.com/v1/accounts"
PLACES = "https://mybusinessbusinessinformation.googleapis.com/v1/"
NOTICES = "https://mybusinessnotifications.googleapis.com/v1/"
NOTICE_TYPES = ["NEW_REVIEW", "UPDATED_REVIEW", "NEW_CUSTOMER_MEDIA"]
_REPLY = "/reply"
_MOST_PAGES = 20


async def put_reply(reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Sent:
    """The owner's reply to a review. There is one only: what stands there is not overwritten unseen, by whomever it was written."""
    name, api = review_name(reply, channel=channel), api_for(channel, net=net)
    key = f"{part_of(name, 'reviews')}{_REPLY}"
    said = _reply_on(await api.call("GET", f"{REVIEWS}{name}"))
    if said and said != reply.text.strip():
        raise RejectedError("the review has a reply already, and can have one only: edit that one, or delete it first")
    if not said:
        await api.call("PUT", f"{REVIEWS}{name}{_REPLY}", json={"comment": reply.text})
    return Sent(external_id=key, echo_reference=key)


async def find_reply(reply: OutboundReply, *, channel: ChannelAccess, net: Net) -> Found:
    """Whether the review wears this text as its reply."""
    name = review_name(reply, channel=channel)
    there = _reply_on(await api_for(channel, net=net).call("GET", f"{REVIEWS}{name}")) == reply.text.strip()
    return Found(there=there, external_id=f"{part_of(name, 'reviews')}{_REPLY}" if there else None)


async def change_reply(external_id: str, *, text: str, channel: ChannelAccess, net: Net) -> None:
    """Replace the reply of this id."""
    await api_for(channel, net=net).call("PUT", f"{REVIEWS}{_reply_name(external_id, channel=channel)}", json={"comment": text})


async def delete_reply(external_id: str, *, channel: ChannelAccess, net: Net) -> None:
    """Take the reply of this id away; one that is gone already is deleted."""
    try:
        await api_for(channel, net=net).call("DELETE", f"{REVIEWS}{_reply_name(external_id, channel=channel)}")
    except NotFoundError:
        return


def review_name(reply: OutboundReply, *, channel: ChannelAccess) -> str:
    """`accounts/A/locations/L/reviews/R` of the review that is answered. Raises `UnsendableError` where it is none."""
    answering = reply.answering
    number = (answering.root or answering.external_id) if answering else ""
    if not number or "/" in number:
        raise UnsendableError("the owner's reply answers a review")
    told = answering.extra.get("name", "") if answering else ""
    return told if part_of(told, "accounts") and part_of(told, "reviews") else f"{place_of(channel)}/reviews/{number}"


def place_of(channel: ChannelAccess) -> str:
    """`accounts/A/locations/L`. Raises `UnsendableError` where the channel does not say it."""
    account, location = part_of(channel.account, "accounts"), part_of(channel.account, "locations")
    if not account or not location:
        raise UnsendableError("`account` is not of the form accounts/A/locations/L: sign in and pick a place, or set it")
    return f"accounts/{account}/locations/{location}"


async def our_place(channel: ChannelAccess, *, net: Net) -> Account:
    """The channel's place, or the only one there is."""
    api = api_for(channel, net=net)
    if channel.account:
        place = place_of(channel)
        said = await api.call("GET", f"{PLACES}locations/{part_of(place, 'locations')}", query={"readMask": "name,title"})
        return _account(said, account=place)
    found = await places_of(api)
    if len(found) != 1:
        raise RejectedError(
            f"there are {len(found)} places: set `account` to one of them, " + ", ".join(each.account for each in found[:10])
        )
    return found[0]


async def places_of(api: Api) -> list[Account]:
    """Every place that was signed in for. Raises `CredentialsExpiredError` where there is none."""
    found: list[Account] = []
    for account in await _all(api, ACCOUNTS, listed="accounts", query={"pageSize": "20"}):
        name = account.get("name")
        if isinstance(name, str) and part_of(name, "accounts"):
            query = {"readMask": "name,title", "pageSize": "100"}
            places = await _all(api, f"{PLACES}{name}/locations", listed="locations", query=query)
            found += [
                _account(each, account=f"{name}/{each.get('name')}") for each in places if part_of(str(each.get("name")), "locations")
            ]
    if not found:
        raise CredentialsExpiredError("this Google account manages no place: sign in with the one that does")
    return found


async def ask_for_notices(channel: ChannelAccess, *, topic: str, net: Net) -> None:
    """Let Google publish to the topic; "" ends it."""
    name = f"accounts/{part_of(place_of(channel), 'accounts')}/notificationSetting"
    setting = {"name": name, "pubsubTopic": topic, "notificationTypes": NOTICE_TYPES if topic else []}
    query = {"updateMask": "pubsubTopic,notificationTypes"}
    await api_for(channel, net=net).call("PATCH", f"{NOTICES}{name}", query=query, json=setting)


def _reply_on(raw: Mapping[str, object]) -> str:
    review = salvage(dict(raw), into=Review)
    return ((review.review_reply.comment if review.review_reply else None) or "").strip()


async def _all(api: Api, address: str, *, listed: str, query: dict[str, str]) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    for _ in range(_MOST_PAGES):
        page = await api.call("GET", address, query=query)
        items = page.get(listed)
        found += [each for each in items if isinstance(each, dict)] if isinstance(items, list) else []
        token = page.get("nextPageToken")
        if not isinstance(token, str) or not token:
            break
        query = {**query, "pageToken": token}
    return found


def _account(place: dict[str, object], *, account: str) -> Account:
    title = place.get("title")
    name = title if isinstance(title, str) and title else account
    return Account(account=account, name=name, config={"title": name} if title else {})


def _reply_name(external_id: str, *, channel: ChannelAccess) -> str:
    number = external_id.removesuffix(_REPLY)
    if number == external_id or not number or "/" in number:
        raise UnsendableError(f"{external_id} is no reply of ours")
    return f"{place_of(channel)}/reviews/{number}{_REPLY}"
