"""Listeners for the Home tab."""

from functools import partial

from bot.core.model import MemberId
from bot.ports import Services
from bot.service.home import home_in, home_of, schedules_of_admin
from bot.service.people import language_for
from bot.slack.context import Ack, Body, ListenerContext, member_of, value_of
from bot.slack.dispatch import Dispatcher
from bot.slack.home.blocks import all_schedules, home_view
from bot.slack.kit.builders import View
from bot.slack.kit.receipts import parse_receipts, receipts_metadata
from bot.slack.kit.refusals import not_here
from bot.slack.transport.workers import TooMuchUnknownError


def register(app: Dispatcher) -> None:
    """Register these listeners."""
    app.event("app_home_opened", lambda context, _, body: on_home_opened(context, body))
    app.action("schedules.open", on_schedules)
    app.action("schedules.previous", on_schedules)
    app.action("schedules.next", on_schedules)


def on_home_opened(context: ListenerContext, body: Body) -> None:
    """Publish the Home tab when its owner opens it. The event holds the current view with its receipts."""
    event = body["event"]
    if event.get("tab", "home") == "home":
        publish_home(context, MemberId(event["user"]), event.get("view") or {})


def on_schedules(context: ListenerContext, ack: Ack, body: Body) -> None:
    """Open the schedules that an admin looks after, or another page of them: *All schedules*, *Next*."""
    member, page, shown = member_of(body), int(value_of(body)), body["view"]

    def render(services: Services) -> View:
        language = language_for(services, member)
        found = schedules_of_admin(services, member, page)
        return all_schedules(found[0], page, found[1], language) if found else not_here(language)

    async def task() -> None:
        try:
            view = await context.run(partial(render, context.services))
        except TooMuchUnknownError:  # an admin of many channels
            view = await context.workers.run_waiting(partial(render, context.waiting_services))
        if shown["type"] == "home":
            await context.open_now(body, view)
        else:
            await context.workers.call("views.update", view_id=shown["id"], view=view)

    context.add_task(task)
    ack()


def publish_home(context: ListenerContext, member: MemberId, shown: View) -> None:
    """Publish the Home tab after the acknowledgement, from the view that its owner sees now.

    Slack may have to be asked which channels the member may know of.
    """
    receipts = context.receipts
    known_hash = {"hash": shown["hash"]} if shown.get("hash") else {}

    def render(services: Services) -> tuple[View, str]:
        language = language_for(services, member)
        held = receipts.merged(member, parse_receipts(shown.get("private_metadata")))
        home = home_of(services, member, held, context.circle_cache)
        metadata = receipts_metadata(
            {mine.round.id: mine.receipt for mine in (*home.rounds, *home.boxes) if mine.receipt}
        )
        return home_view(home_in(home, language.code), metadata, language), metadata

    async def publish() -> None:
        try:
            view, metadata = await context.run(partial(render, context.services))
        except TooMuchUnknownError:  # an admin of many channels
            view, metadata = await context.workers.run_waiting(partial(render, context.waiting_services))
        await context.workers.call("views.publish", user_id=member, view=view, **known_hash)
        receipts.delivered(member, parse_receipts(metadata))

    context.add_task(publish)
