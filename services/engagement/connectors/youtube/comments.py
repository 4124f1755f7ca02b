"""Comments, replies and threads as neutral events. Called by resources; pure.

A thread hangs under a video (or, in old data, under a channel): `root` is the video, `thread` the first comment. What was edited is told
as the comment and its edit: whoever knows the comment learns the edit, whoever does not gets both.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from services.contracts.interaction import Attachment, Author, NeutralEvent, Parent
from services.contracts.vocabulary import Addressed, Direction, Kind
from services.engagement.connectors.youtube.payloads import Comment, CommentSnippet, Replies, Thread, ThreadSnippet, TopComment
from services.engagement.connectors.youtube.people import WATCH, commenter, is_us, top_of, venue
from services.engagement.connectors.youtube.setting import Setting
from services.engagement.connectors.youtube.texts import mentions_in, text_of
from services.engagement.families.google import revision_of
from services.engagement.protocol import MediaKind, Parsed, salvage

REJECTED = "rejected"
_SHOWN = {None, "", "published"}


def read_thread(raw: Mapping[str, object], setting: Setting) -> Parsed:
    """A thread: its first comment, and the replies that came along."""
    bare = "snippet" not in raw and "topLevelComment" in raw
    thread = salvage({"snippet": raw} if bare else dict(raw), into=Thread)
    top = thread.snippet.top_level_comment
    around = thread.snippet
    if top is None:
        around = ThreadSnippet(channel_id=around.channel_id, video_id=around.video_id, top_level_comment=TopComment(id=thread.id))
        return _told([], replies=thread.replies, around=around, setting=setting)
    first = Comment(id=top.id or thread.id, snippet=top.snippet)
    return _told([first], replies=thread.replies, around=around, setting=setting)


def read_comment(raw: Mapping[str, object], setting: Setting) -> Parsed:
    """A comment or reply; also its bare snippet, which has no id."""
    bare = "snippet" not in raw and ("textDisplay" in raw or "textOriginal" in raw)
    comment = salvage({"snippet": raw} if bare else dict(raw), into=Comment)
    return _told([comment], replies=Replies(), around=comment.in_thread or ThreadSnippet(), setting=setting)


def read_replies(raw: Mapping[str, object], setting: Setting) -> Parsed:
    """The part `replies` of a thread, alone."""
    return _told([], replies=salvage(dict(raw), into=Replies), around=ThreadSnippet(), setting=setting)


def _told(first: list[Comment], *, replies: Replies, around: ThreadSnippet, setting: Setting) -> Parsed:
    found = [_read(each, around=around, setting=setting) for each in (*first, *replies.comments)]
    events = tuple(event for parsed in found for event in parsed.events)
    if events or not found:
        return Parsed(events=events) if events else Parsed(ignored="a thread without its comments: the part `snippet` was not asked for")
    return found[0]


def _read(comment: Comment, *, around: ThreadSnippet, setting: Setting) -> Parsed:
    snippet = comment.snippet
    if snippet == CommentSnippet():
        return Parsed(ignored="a comment without its words: the part `snippet` was not asked for")
    if comment.id is None and not (snippet.author_display_name or snippet.author_channel_id or snippet.published_at):
        return Parsed(ignored="a comment on its way out")
    if snippet.moderation_status == REJECTED:
        return Parsed(ignored="a comment that a moderator has rejected")
    read = _Reading(comment, around=around, setting=setting)
    event = read.event()
    edited_at = setting.time(snippet.updated_at, otherwise=event.occurred_at)
    if edited_at <= event.occurred_at:
        return Parsed(events=(event,))
    edit = replace(
        event, id=f"{event.id}:edit:{revision_of(snippet.updated_at)}", kind=Kind.EDIT, occurred_at=edited_at, target=event.id, echo_of=None
    )
    return Parsed(events=(event, edit))


@dataclass(frozen=True, slots=True)
class _Reading:
    """One comment with its surroundings."""

    comment: Comment
    around: ThreadSnippet
    setting: Setting

    @property
    def id(self) -> str:
        """The comment's; of a bare snippet one made of what it says."""
        told = self.comment.snippet
        return self.comment.id or self.setting.made_id(
            "comment", told.parent_id, told.published_at, told.author_display_name, told.text_display
        )

    @property
    def parent(self) -> str | None:
        """The first comment of the thread, of a reply."""
        above = self.comment.snippet.parent_id or top_of(self.id)
        return above if above != self.id else None

    @property
    def video(self) -> str | None:
        """What was commented on."""
        return self.comment.snippet.video_id or self.around.video_id

    def event(self) -> NeutralEvent:
        """The comment as it stands now."""
        snippet, channel = self.comment.snippet, self.setting.channel
        owner = snippet.channel_id or self.around.channel_id
        author, text = commenter(snippet), text_of(snippet.text_original, shown=snippet.text_display)
        ours, above = self._is_ours(author, owner=owner), self._author_above()
        mentions = mentions_in(text, channel=channel, above=above)
        return NeutralEvent(
            id=self.id,
            occurred_at=self.setting.time(snippet.published_at or snippet.updated_at),
            kind=Kind.COMMENT,
            author=author,
            venue=venue(owner, channel=channel, video=self.video),
            public=snippet.moderation_status in _SHOWN and self.around.is_public is not False,
            direction=Direction.OUTBOUND if ours else Direction.INBOUND,
            text=text,
            attachments=(Attachment(kind=MediaKind.IMAGE, url=snippet.image_url),) if snippet.image_url else (),
            in_reply_to=Parent(external_id=self.parent, author=above) if self.parent else None,
            mentions=mentions,
            recipient=above if ours and above and above.external_id != author.external_id else None,
            addressed=self._addressed(author, owner=owner, above=above, mentions=mentions),
            echo_of=self.id if ours else None,
            thread=self.parent or self.id,
            root=self.video or owner,
            ancestors=(self.parent,) if self.parent else (),
            extra=self._extra(),
        )

    def _is_ours(self, author: Author, *, owner: str | None) -> bool:
        """Our channel speaks; where we do not know which it is, whoever owns the video."""
        account = self.setting.channel.account
        return author.external_id == (account or owner)

    def _author_above(self) -> Author | None:
        top = self.around.top_level_comment
        if self.parent is None or top is None or (top.id or self.parent) != self.parent or top.snippet == CommentSnippet():
            return None
        return commenter(top.snippet)

    def _addressed(self, author: Author, *, owner: str | None, above: Author | None, mentions: tuple[Author, ...]) -> Addressed:
        """Under our videos a first comment speaks to us, and a reply to whom it names or, naming nobody, to whom it answers."""
        channel = self.setting.channel
        if any(is_us(each, channel=channel) for each in mentions):
            return Addressed.US
        if owner and channel.account and owner != channel.account:
            return Addressed.ABOUT_US
        if self.parent is None:
            return Addressed.US
        if mentions or (above is not None and not is_us(above, channel=channel) and above.external_id != author.external_id):
            return Addressed.OTHERS
        return Addressed.US

    def _extra(self) -> dict[str, str]:
        status = self.comment.snippet.moderation_status
        facts = {
            "url": f"{WATCH}{self.video}&lc={self.comment.id}" if self.video and self.comment.id else None,
            "moderation": status if status not in _SHOWN else None,
        }
        return {name: value for name, value in facts.items() if value}
