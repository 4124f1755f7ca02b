"""Questions, answers, customers' pictures and our posts on a place's page as neutral events. Called by resources; pure."""

from collections.abc import Mapping

from services.contracts.interaction import Attachment, Author, NeutralEvent, Parent
from services.contracts.vocabulary import Addressed, Direction, Kind
from services.engagement.connectors.google_business.payloads import Answer, LocalPost, MediaItem, Question
from services.engagement.connectors.google_business.setting import NETWORK, Setting, made_id, part_of
from services.engagement.protocol import MediaKind, Parsed, salvage

_OWNER = "MERCHANT"


def read_question(raw: Mapping[str, object], setting: Setting) -> Parsed:
    """A question and the answers that came along."""
    question = salvage(dict(raw), into=Question)
    number = part_of(question.name, "questions") or made_id("question", question.text, question.create_time)
    asked = _said(question, key=f"questions/{number}", number=number, above=None, setting=setting)
    answers = [_answer(each, number=number, above=asked, setting=setting) for each in question.top_answers]
    return Parsed(events=(asked, *answers))


def read_answer(raw: Mapping[str, object], setting: Setting) -> Parsed:
    """An answer by itself; its name says to which question."""
    answer = salvage(dict(raw), into=Answer)
    number = part_of(answer.name, "questions")
    if number is None:
        return Parsed(ignored="an answer to a question that it does not name")
    return Parsed(events=(_answer(answer, number=number, above=None, setting=setting),))


def read_media(raw: Mapping[str, object], setting: Setting) -> Parsed:
    """A picture or video of the place: a customer's is a post about us, our own is nothing to answer."""
    item = salvage(dict(raw), into=MediaItem)
    taken_by = item.attribution
    if taken_by is None:
        return Parsed(ignored="a picture of our own")
    number = part_of(item.name, "customers") or part_of(item.name, "media") or made_id("media", item.google_url, item.create_time)
    kind = MediaKind.VIDEO if item.media_format == "VIDEO" else MediaKind.IMAGE
    event = NeutralEvent(
        id=f"media/{number}",
        occurred_at=setting.time(item.create_time),
        kind=Kind.POST,
        author=Author(
            network=NETWORK,
            external_id=taken_by.profile_url or f"media/{number}",
            name=taken_by.profile_name,
            avatar_url=taken_by.profile_photo_url,
            links=(taken_by.profile_url,) if taken_by.profile_url else (),
        ),
        venue=setting.place(item.name),
        public=True,
        text=item.description or None,
        attachments=(Attachment(kind=kind, url=item.google_url or item.thumbnail_url, reference=item.name),),
        addressed=Addressed.ABOUT_US,
        root=f"media/{number}",
    )
    return Parsed(events=(event,))


def read_post(raw: Mapping[str, object], setting: Setting) -> Parsed:
    """A post of ours on the place's page."""
    post = salvage(dict(raw), into=LocalPost)
    number = part_of(post.name, "localPosts") or made_id("post", post.summary, post.create_time)
    event = NeutralEvent(
        id=f"localPosts/{number}",
        occurred_at=setting.time(post.create_time),
        kind=Kind.POST,
        author=setting.us(),
        venue=setting.place(post.name, url=post.search_url),
        public=True,
        direction=Direction.OUTBOUND,
        text=post.summary or None,
        root=f"localPosts/{number}",
    )
    return Parsed(events=(event,))


def _answer(answer: Answer, *, number: str, above: NeutralEvent | None, setting: Setting) -> NeutralEvent:
    own = part_of(answer.name, "answers") or made_id("answer", answer.text, answer.create_time)
    return _said(answer, key=f"questions/{number}/answers/{own}", number=number, above=above, setting=setting)


def _said(said: Answer, *, key: str, number: str, above: NeutralEvent | None, setting: Setting) -> NeutralEvent:
    """A question, or an answer under it. Google tells no id of people: a person is who wrote this."""
    ours, question = said.author.type == _OWNER, f"questions/{number}"
    person = Author(network=NETWORK, external_id=key, name=said.author.display_name, avatar_url=said.author.profile_photo_uri)
    is_answer = key != question
    return NeutralEvent(
        id=key,
        occurred_at=setting.time(said.create_time or said.update_time),
        kind=Kind.COMMENT,
        author=setting.us() if ours else person,
        venue=setting.place(said.name or (above.extra.get("name") if above else None)),
        public=True,
        direction=Direction.OUTBOUND if ours else Direction.INBOUND,
        text=said.text or None,
        in_reply_to=Parent(external_id=question, author=above.author if above else None) if is_answer else None,
        recipient=above.author if ours and above else None,
        addressed=Addressed.OTHERS if is_answer and not ours else Addressed.US,
        thread=question,
        root=question,
        extra={"name": said.name} if said.name else {},
    )
