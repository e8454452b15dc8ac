"""Registers every listener, with all that it works with."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from slack_bolt.async_app import AsyncApp

from bot.ports import Desk
from bot.slack.clients import StoppableClient
from bot.slack.counter import Counter
from bot.slack.directory import Known, SlackDirectory
from bot.slack.dispatch import Dispatcher, add_context
from bot.slack.facts import Facts
from bot.slack.introduction import Introduction
from bot.slack.later import LaterMessenger
from bot.slack.listeners import on_error, register
from bot.slack.receipts import PendingReceipts
from bot.slack.session import Session
from bot.slack.uninstalled import register as register_uninstalled
from bot.slack.work import STEPS


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the listeners share with the rest of the bot."""

    facts: Facts
    session: Session
    client: StoppableClient
    receipts: PendingReceipts


def listen_to(
    app: AsyncApp,
    desk: Desk,
    heard: Heard,
    met: Introduction,
    *,
    run_due: Callable[[], None],
    leave: Callable[[str], None],
) -> None:
    """Register the listeners on ``app``.

    ``desk``: of those who may wait for Slack; verbs that serve a member get one that only tells what is
    known. ``leave`` ends everything, where the app is in this workspace no more.
    """
    verbs = replace(
        desk,
        directory=SlackDirectory(heard.facts, Known(heard.facts)),
        messenger=LaterMessenger(heard.client, partial(_ring_later, run_due)),
    )
    counter = Counter(
        desk=verbs,
        flows=desk,
        work=heard.session.work,
        bot_user=str(met.who.get("user_id") or ""),
        receipts=heard.receipts,
        run_due=run_due,
        hear_of_person=heard.facts.hear_of,
    )
    add_context(app, counter)
    dispatcher = Dispatcher(app, on_error)
    register(dispatcher)
    register_uninstalled(dispatcher, leave)


def _ring_later(run_due: Callable[[], None]) -> None:
    async def ring() -> None:
        run_due()

    STEPS.get().append(ring)
