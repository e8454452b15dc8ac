"""The workspaces of one Enterprise organisation that share a cell, and which of them sees a channel."""

from collections.abc import Callable, Collection, Sequence
from datetime import timedelta
from typing import Protocol, TypeVar

from bot.core.model import ChannelId
from bot.errors import LockedOutError, SlackError, SlackUnavailableError, StoppingError
from bot.ports import ChannelInfo, Clock, Directory, Messenger
from bot.slack.directory.cache import ExpiringCache

T = TypeVar("T")

SEEN_FOR = timedelta(hours=1)
"""How long it is cached which workspace sees a channel."""

NOT_THERE = frozenset({"channel_not_found", "not_in_channel"})
"""Slack's reasons for a channel that a workspace does not see any more, or that its bot has left."""


class ServedWorkspace(Protocol):
    """A workspace that is served, with the ports through which it is asked and told."""

    @property
    def team(self) -> str:
        """Its id in Slack, such as ``T0HARBOUR``."""

    @property
    def directory(self) -> Directory:
        """Its people and channels. It waits for Slack."""

    @property
    def messenger(self) -> Messenger:
        """Posts in its channels."""


class ServedWorkspaces:
    """The workspaces that are served now. Safe for threads.

    A channel belongs to the workspace whose bot is in it, the first one by id: what was posted there can be
    updated by the bot that posted it, and by no other. So a workspace that cannot be asked is never passed
    over; only one whose token Slack refuses is.
    """

    def __init__(self, serving: Callable[[], Sequence[ServedWorkspace]], clock: Clock) -> None:
        """Ask ``serving`` each time which workspaces are served now."""
        self._serving = serving
        self._seen_by = ExpiringCache[ChannelId, str](SEEN_FOR, clock)

    def all(self) -> tuple[ServedWorkspace, ...]:
        """Return all of them, by id. Raises ``LockedOutError`` where there is none."""
        found = tuple(sorted(self._serving(), key=lambda one: one.team))
        if not found:
            raise LockedOutError("not_authed", "No workspace of the organisation is served.")
        return found

    def of(self, channel: ChannelId) -> ServedWorkspace:
        """Return the workspace that sees a channel.

        It is asked again after an hour, after ``forget`` and when the workspace is gone; the one that saw the
        channel last is asked first. Raises ``SlackUnavailableError`` where one that may see it cannot be
        asked, and ``SlackError`` where none sees it.
        """
        workspaces = self.all()
        seen_by = self._seen_by.get(channel)
        for workspace in workspaces:
            if workspace.team == seen_by:
                return workspace
        last = self._seen_by.get_stale(channel)
        pending = self._seen_by.begin(channel)
        found = _ask_in_turn(channel, sorted(workspaces, key=lambda one: one.team != last))
        self._seen_by.keep(pending, found.team)
        return found

    def last_to_see(self, channel: ChannelId) -> ServedWorkspace | None:
        """Return the served workspace that saw a channel when it was last asked, without asking Slack."""
        last = self._seen_by.get_stale(channel)
        return next((one for one in self._serving() if one.team == last), None)

    def ask(self, channel: ChannelId, question: Callable[[ServedWorkspace], T]) -> T:
        """Ask the workspace that sees a channel, or post there.

        Where the channel has moved to another workspace meanwhile, that one is asked. Raises ``SlackError``.
        """
        workspace = self.of(channel)
        try:
            return question(workspace)
        except SlackUnavailableError:
            raise
        except SlackError as error:
            if error.reason not in NOT_THERE:
                raise
            self.forget(channel)
            now = self.of(channel)
            if now.team == workspace.team:
                raise
        return question(now)

    def seen(self, channels: Collection[ChannelId]) -> frozenset[ChannelId]:
        """Return those of these channels that a served workspace sees, as far as it is known now.

        Slack is asked only about channels that are not in memory, and no more once it cannot be reached:
        what must end at once does not wait for it. Raises ``StoppingError``.
        """
        known = {channel for channel in channels if self.last_to_see(channel)}
        for channel in sorted(set(channels) - known):
            try:
                self.of(channel)
            except StoppingError:
                raise
            except LockedOutError:
                continue
            except SlackUnavailableError:
                break
            except SlackError:
                continue
            else:
                known.add(channel)
        return frozenset(known)

    def forget(self, channel: ChannelId) -> None:
        """Ask again which workspace sees a channel, and each of them about it."""
        self._seen_by.forget(channel, keep_stale=True)
        for workspace in self._serving():
            workspace.directory.forget(channel)


def _ask_in_turn(channel: ChannelId, workspaces: Sequence[ServedWorkspace]) -> ServedWorkspace:
    """Return the first workspace whose bot is in a channel, else the first that sees it."""
    seen: ServedWorkspace | None = None
    refusals = list[SlackError]()
    for workspace in workspaces:
        answer = _look(workspace, channel)
        if isinstance(answer, SlackError):
            refusals.append(answer)
        elif answer.joined:
            return workspace
        else:
            seen = seen or workspace
    refusal = min(refusals, key=_says_of_the_channel, default=None)
    if seen and not isinstance(refusal, LockedOutError):  # a bot that is locked out may be in the channel
        return seen
    assert refusal  # each workspace either sees the channel or refuses
    raise refusal


def _look(workspace: ServedWorkspace, channel: ChannelId) -> ChannelInfo | SlackError:
    """Return what a workspace says of a channel, or why it refuses. Raises ``SlackUnavailableError``."""
    try:
        return workspace.directory.channel(channel)
    except LockedOutError as error:
        return error
    except SlackUnavailableError:
        raise
    except SlackError as error:
        return error


def _says_of_the_channel(refusal: SlackError) -> int:
    """Return how much a refusal says of a channel: that it is gone, something else, or nothing (0)."""
    if isinstance(refusal, LockedOutError):
        return 0
    return 2 if refusal.reason in NOT_THERE else 1
