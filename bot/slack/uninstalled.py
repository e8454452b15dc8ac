"""What Slack tells of the app itself: it is in this workspace no more, or its token is worth nothing."""

from collections.abc import Callable
from functools import partial

from bot.errors import SlackError, StoppingError
from bot.slack.context import Body, ListenerContext
from bot.slack.dispatch import Dispatcher


def register(app: Dispatcher, stop: Callable[[str], None]) -> None:
    """Register these listeners; ``stop`` ends everything, with the reason as a code."""
    app.event("app_uninstalled", lambda context, _, body: on_gone(context, body, stop))
    app.event("tokens_revoked", lambda context, _, body: on_gone(context, body, stop))


def on_gone(context: ListenerContext, body: Body, stop: Callable[[str], None]) -> None:
    """The app was uninstalled, or its bot token revoked: end everything, if it is true now.

    Slack delivers an event again for hours when nobody acknowledges it; the app may be back by then, and its
    rounds must not be ended for what is over.
    """
    event = body["event"]
    if event["type"] == "tokens_revoked" and not (event.get("tokens") or {}).get("bot"):
        return  # tokens of people, which this app has none of

    async def step() -> None:
        if not await _still_works(context):
            await context.workers.run_flow(partial(stop, str(event["type"])))

    context.add_task(step)


async def _still_works(context: ListenerContext) -> bool:
    """Whether Slack takes the bot token. Where Slack cannot be asked, what it has told counts.

    Not so where the bot stops before Slack has answered: the next start finds out, and ends nothing unasked.
    """
    try:
        await context.workers.call("auth.test")
    except StoppingError:
        return True
    except SlackError:
        return False
    return True
