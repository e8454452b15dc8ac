"""What is asked of Slack about people and channels, page by page. Pure: each question yields its calls.

A question is a generator: it yields a method of the Web API with its arguments, is sent the answer (or is
thrown the ``SlackError``), and returns what it has found out. So the timer and the listeners ask the same
questions, each over a client of its own.
"""

from collections.abc import Awaitable, Callable, Generator, Mapping
from typing import Any, TypeVar

from bot.core.model import ChannelId, MemberId
from bot.errors import SlackError, SlackUnavailableError
from bot.ports import ChannelInfo
from bot.slack.directory.person import Organisation, Person, is_described, person_of, undescribed

T = TypeVar("T")

Call = tuple[str, dict[str, Any]]
"""A method of the Web API, such as ``users.info``, and its arguments."""

Question = Generator[Call, Mapping[str, Any], T]

PAGE = 1000
"""So many people or channels are asked for at once, the most that Slack gives."""

PLACES_PAGE = 200

MOST_PAGES = 500
"""A list that goes on for longer does not end: half a million people."""

NOT_DESCRIBED = frozenset(
    {"user_not_found", "user_not_visible", "users_not_found", "team_access_not_granted", "user_is_restricted"}
)
"""Slack's reasons for not saying who somebody is."""


def members_of(channel: ChannelId) -> Question[frozenset[MemberId]]:
    """Ask who is in a channel."""
    found = yield from _pages("conversations.members", "members", PAGE, channel=channel)
    return frozenset(MemberId(str(member)) for member in found)


def places_of(member: MemberId) -> Question[frozenset[ChannelId]]:
    """Ask in which channels somebody is, as far as the bot may know."""
    types = "public_channel,private_channel"
    found = yield from _pages("users.conversations", "channels", PLACES_PAGE, user=member, types=types)
    return frozenset(ChannelId(str(channel["id"])) for channel in found)


def people(organisation: Organisation) -> Question[dict[MemberId, Person]]:
    """Ask for everybody of the workspace whom Slack describes."""
    found = yield from _pages("users.list", "members", PAGE, include_locale=True)
    described = [person_of(user, organisation) for user in found if is_described(user)]
    return {person.id: person for person in described}


def person(member: MemberId, organisation: Organisation) -> Question[Person]:
    """Ask who somebody is."""
    try:
        answer = yield "users.info", {"user": member, "include_locale": True}
    except SlackUnavailableError:
        raise
    except SlackError as error:
        if error.reason not in NOT_DESCRIBED:
            raise
        return undescribed(member)
    user: Any = answer.get("user")
    return person_of(user, organisation) if is_described(user) else undescribed(member)


def channel_info(channel: ChannelId) -> Question[ChannelInfo]:
    """Ask how a channel stands."""
    answer = yield "conversations.info", {"channel": channel}
    found = answer["channel"]
    return ChannelInfo(
        id=channel,
        name=str(found.get("name", "")),
        private=bool(found.get("is_private")),
        archived=bool(found.get("is_archived")),
        joined=bool(found.get("is_member")),
        shared=bool(found.get("is_ext_shared")),
        creator=MemberId(str(found["creator"])) if found.get("creator") else None,
    )


def answered(question: Question[T], ask: Callable[[str, dict[str, Any]], Mapping[str, Any]]) -> T:
    """Return what a question finds out, by making its calls one after the other. Raises ``SlackError``."""
    try:
        method, arguments = next(question)
        while True:
            try:
                answer = ask(method, arguments)
            except SlackError as error:
                method, arguments = question.throw(error)
            else:
                method, arguments = question.send(answer)
    except StopIteration as found:
        return found.value  # type: ignore[no-any-return]  # what the generator has returned


async def answered_soon(
    question: Question[T], ask: Callable[[str, dict[str, Any]], Awaitable[Mapping[str, Any]]]
) -> T:
    """Return what ``answered`` does, with calls that are awaited."""
    try:
        method, arguments = next(question)
        while True:
            try:
                answer = await ask(method, arguments)
            except SlackError as error:
                method, arguments = question.throw(error)
            else:
                method, arguments = question.send(answer)
    except StopIteration as found:
        return found.value  # type: ignore[no-any-return]  # what the generator has returned


def _pages(method: str, field: str, limit: int, **arguments: Any) -> Question[list[Any]]:
    cursor, found = "", list[Any]()
    for _ in range(MOST_PAGES):
        answer = yield method, {"limit": limit, **arguments, **({"cursor": cursor} if cursor else {})}
        found += answer.get(field) or ()
        before, cursor = cursor, (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return found
        if cursor == before:
            break
    raise SlackUnavailableError("no_sense", "A list of Slack's does not come to an end.")
