"""Questions to Slack about people and channels, as generators. Pure.

A question yields a Web API method with its arguments, receives the answer (or the ``SlackError``, thrown),
and returns what it has found out. So synchronous and asynchronous clients run the same questions.
"""

from collections.abc import Awaitable, Callable, Generator, Mapping
from functools import partial
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
"""People or channels in one request, the most that Slack allows."""

PLACES_PAGE = 200

MOST_PAGES = 500
"""A longer list (over half a million people) counts as endless."""

NOT_DESCRIBED = frozenset(
    {"user_not_found", "user_not_visible", "users_not_found", "team_access_not_granted", "user_is_restricted"}
)
"""Slack's reasons for not describing a person."""


def members_of(channel: ChannelId) -> Question[frozenset[MemberId]]:
    """Ask who is in a channel."""
    found = yield from _pages("conversations.members", "members", PAGE, channel=channel)
    return frozenset(MemberId(str(member)) for member in found)


def places_of(member: MemberId, organisation: Organisation) -> Question[frozenset[ChannelId]]:
    """Ask in which channels, of those that the bot can see, somebody is."""
    asked = {"user": member, "types": "public_channel,private_channel"} | _workspace(organisation)
    found = yield from _pages("users.conversations", "channels", PLACES_PAGE, **asked)
    return frozenset(ChannelId(str(channel["id"])) for channel in found)


def people(organisation: Organisation) -> Question[dict[MemberId, Person]]:
    """Ask for everybody of the workspace whom Slack describes."""
    asked = {"include_locale": True} | _workspace(organisation)
    found = yield from _pages("users.list", "members", PAGE, **asked)
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
    """Ask for a channel's name and state."""
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


def run_question(question: Question[T], ask: Callable[[str, dict[str, Any]], Mapping[str, Any]]) -> T:
    """Make the calls of a question, and return what it finds out. Raises ``SlackError``."""

    async def answered(method: str, arguments: dict[str, Any]) -> Mapping[str, Any]:
        return ask(method, arguments)

    try:
        run_question_async(question, answered).send(None)  # it waits for nothing, so it ends at once
    except StopIteration as found:
        return found.value  # type: ignore[no-any-return]  # a coroutine's result is not typed
    raise AssertionError("a question waited for something else than Slack")


async def run_question_async(
    question: Question[T], ask: Callable[[str, dict[str, Any]], Awaitable[Mapping[str, Any]]]
) -> T:
    """Do the same as ``run_question``, awaiting each call."""
    step: Callable[[], Call] = partial(next, question)
    try:
        while True:
            method, arguments = step()
            try:
                step = partial(question.send, await ask(method, arguments))
            except SlackError as error:
                step = partial(question.throw, error)
    except StopIteration as found:
        return found.value  # type: ignore[no-any-return]  # a generator's result is not typed


def _workspace(organisation: Organisation) -> dict[str, Any]:
    """Return the argument that a list call needs with a token of a whole organisation.

    Source: https://docs.slack.dev/reference/methods/users.list, likewise users.conversations: ``team_id`` is
    required if an organisation's token is used. Methods about one channel or one person do not take it.
    """
    return {"team_id": organisation.team} if organisation.wide else {}


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
    raise SlackUnavailableError("malformed_response", "A list of Slack's does not come to an end.")
