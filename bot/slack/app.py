"""Registers every listener, with all that it works with."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from slack_bolt.async_app import AsyncApp

from bot.ports import Services
from bot.slack.client.stoppable import StoppableClient
from bot.slack.context import ListenerContext
from bot.slack.deferred_messenger import LaterMessenger
from bot.slack.directory.facts import Facts
from bot.slack.directory.lookup import Known, SlackDirectory
from bot.slack.dispatch import Dispatcher, add_context
from bot.slack.kit.receipts import PendingReceipts
from bot.slack.reply.listeners import on_error, register
from bot.slack.startup import Startup
from bot.slack.transport.session import Session
from bot.slack.transport.workers import STEPS
from bot.slack.uninstalled import register as register_uninstalled


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What the listeners share with the rest of the bot."""

    facts: Facts
    session: Session
    client: StoppableClient
    receipts: PendingReceipts


def listen_to(
    app: AsyncApp,
    services: Services,
    heard: Heard,
    met: Startup,
    *,
    run_due: Callable[[], None],
    leave: Callable[[str], None],
) -> None:
    """Register the listeners on ``app``.

    ``services``: of those who may wait for Slack; verbs that serve a member get one that only tells what is
    known. ``leave`` ends everything, where the app is in this workspace no more.
    """
    verbs = replace(
        services,
        directory=SlackDirectory(heard.facts, Known(heard.facts)),
        messenger=LaterMessenger(heard.client, partial(_ring_later, run_due)),
    )
    context = ListenerContext(
        services=verbs,
        flows=services,
        work=heard.session.work,
        bot_user=str(met.who.get("user_id") or ""),
        receipts=heard.receipts,
        run_due=run_due,
        hear_of_person=heard.facts.hear_of,
    )
    add_context(app, context)
    dispatcher = Dispatcher(app, on_error)
    register(dispatcher)
    register_uninstalled(dispatcher, leave)


def _ring_later(run_due: Callable[[], None]) -> None:
    async def ring() -> None:
        run_due()

    STEPS.get().append(ring)
