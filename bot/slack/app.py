"""Register the listeners of every feature on the Bolt app, and answer their errors."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from slack_bolt.async_app import AsyncApp

from bot.core.language import Language
from bot.errors import UnconfirmedError
from bot.ports import Services
from bot.slack import commands, events
from bot.slack.client.stoppable import StoppableClient
from bot.slack.context import Ack, Body, ListenerContext, log_failure
from bot.slack.directory.cache import DirectoryCache
from bot.slack.directory.lookup import CachedSource, SlackDirectory
from bot.slack.dispatch import AddContext, Dispatcher, FindContext, HandledUnknownError
from bot.slack.home import listeners as home_listeners
from bot.slack.home.listeners import publish_home
from bot.slack.kit import failures
from bot.slack.kit.form_cache import FormCache
from bot.slack.kit.receipts import PendingReceipts
from bot.slack.kit.view_state import first_field
from bot.slack.messenger import DeferredMessenger
from bot.slack.norms import listeners as norm_listeners
from bot.slack.reply import listeners as reply_listeners
from bot.slack.reply import preview_listeners, propose_listeners
from bot.slack.reply.norm_blocks import form_of
from bot.slack.reply.preview_listeners import preview_schedule
from bot.slack.results import listeners as result_listeners
from bot.slack.schedule import commands as schedule_commands
from bot.slack.schedule import form_listeners as schedule_form_listeners
from bot.slack.schedule import listeners as schedule_listeners
from bot.slack.transport.remembered import Remembered
from bot.slack.transport.session import Session
from bot.slack.transport.workers import BACKGROUND_TASKS, TooLateError

log = logging.getLogger(__name__)

FEATURES = (
    reply_listeners,
    commands,
    events,
    home_listeners,
    norm_listeners,
    preview_listeners,
    propose_listeners,
    result_listeners,
    schedule_commands,
    schedule_form_listeners,
    schedule_listeners,
)
"""Each has ``register(dispatcher)``.

Bolt tries listeners in this order. Replies are first, because they come in bursts.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceState:
    """What the listeners of one workspace share with the rest of the bot."""

    cache: DirectoryCache
    session: Session
    client: StoppableClient
    receipts: PendingReceipts
    remembered: Remembered
    team: str
    bot_user: str


def register_features(app: AsyncApp, find: FindContext) -> None:
    """Register the listeners of every feature on ``app``, once for all workspaces.

    ``find`` returns the context for the workspace of a request.
    """
    app.use(AddContext(find))
    dispatcher = Dispatcher(app, on_error)
    for feature in FEATURES:
        feature.register(dispatcher)


def listener_context(
    services: Services,
    state: WorkspaceState,
    *,
    run_due: Callable[[], None],
    end_all: Callable[[str], None],
) -> ListenerContext:
    """Return what the listeners of one workspace need.

    ``services`` may wait for Slack; use cases for members get a copy that reads the cache only. ``end_all``
    ends everything of this workspace once the app is uninstalled.
    """
    for_members = replace(
        services,
        directory=SlackDirectory(
            state.cache, CachedSource(state.cache), sees_all=services.directory.sees_all
        ),
        messenger=DeferredMessenger(state.client, services.languages, partial(_run_due_later, run_due)),
    )
    return ListenerContext(
        services=for_members,
        waiting_services=services,
        workers=state.session.workers,
        bot_user=state.bot_user,
        receipts=state.receipts,
        newest=state.remembered.newest,
        run_due=run_due,
        forms=FormCache(form_of),
        render_home=publish_home,
        render_preview=preview_schedule,
        handled=state.remembered.handled_in(state.team),
        is_unknown=state.remembered.is_unknown,
        on_user_change=state.cache.forget_if_changed,
        end_all=end_all,
    )


def _run_due_later(run_due: Callable[[], None]) -> None:
    async def task() -> None:
        run_due()

    BACKGROUND_TASKS.get().append(task)


def on_error(context: ListenerContext, ack: Ack, error: Exception, body: Body) -> None:
    """Tell the member that a listener failed, and log its class, both with the same reference."""
    language = context.language_if_known(body)
    is_reply = (body.get("view") or {}).get("callback_id") == "reply.submit"
    if isinstance(error, HandledUnknownError):
        log.warning("request not taken", extra={"code": error.code})
        text = (failures.uncertain_reply if is_reply else failures.uncertain)(language)
        _tell(context, ack, body, text, language)
        return
    reference = log_failure(error)
    text = (failures.failed if is_reply else failures.failed_command)(reference, language)
    if isinstance(error, TooLateError):
        text = failures.busy(language)
    if isinstance(error, UnconfirmedError):
        text = failures.probably_saved(reference, language)
    _tell(context, ack, body, text, language)


def _tell(context: ListenerContext, ack: Ack, body: Body, text: str, language: Language) -> None:
    """Acknowledge with an error: in the form, as the answer to the command, or in a modal after a click."""
    if body.get("type") == "view_submission":
        ack(response_action="errors", errors=dict.fromkeys(first_field(body), text))
    elif body.get("command"):
        ack(response_type="ephemeral", text=text)
    elif body.get("trigger_id"):
        context.open_view(body, failures.failed_notice(text, language))
