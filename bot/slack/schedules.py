"""The listeners of the list of schedules and its buttons, and of the introduction."""

from collections.abc import Callable
from functools import partial

from bot.core.model import ChannelId, MemberId, Round, ScheduleId
from bot.service.people import may_know_of, why_unseen
from bot.service.rounds import ask_now
from bot.service.schedules import (
    ScheduleProblem,
    delete_schedule,
    pause_schedules,
    resume_schedules,
)
from bot.service.summaries import standing_for
from bot.service.timetable import (
    fetch_schedule,
    may_schedule,
)
from bot.slack.blocks import schedule as words
from bot.slack.blocks.kit import View
from bot.slack.blocks.promise import promise_of_channel
from bot.slack.blocks.refusals import not_here_notice
from bot.slack.counter import Ack, Body, Counter, member_of
from bot.slack.dispatch import Dispatcher
from bot.slack.orders import beside
from bot.slack.schedule_form import open_form, try_it


def register(app: Dispatcher) -> None:
    """Register these listeners."""
    app.action("schedule.open", on_open)
    app.action("schedule.new", on_new)
    app.action("schedule.edit", on_edit)
    app.action("schedule.try", on_try)
    app.action("schedule.pause", lambda counter, ack, body: on_change(counter, ack, body, _pause))
    app.action("schedule.unpause", lambda counter, ack, body: on_change(counter, ack, body, _resume))
    app.action("schedule.delete", lambda counter, ack, body: on_change(counter, ack, body, _delete))
    app.action("schedule.ask", on_ask)
    app.action("promise.open", on_promise)


def on_schedule(counter: Counter, ack: Ack, body: Body) -> None:
    """``/belonging schedule``: the schedules of the channel in which it was typed."""
    member, channel = MemberId(str(body["user_id"])), ChannelId(str(body["channel_id"]))

    def view() -> View:
        unseen = "" if may_know_of(counter.desk, channel, member) else why_unseen(counter.desk, channel)
        return not_here_notice(unseen) if unseen else counter.list_schedules(channel, member)

    _open_list(counter, body, view)
    ack()


def on_open(counter: Counter, ack: Ack, body: Body) -> None:
    """*Set a schedule*, in the introduction (which names no channel) or in an admin's Home tab."""
    channel = ChannelId(_value(body) or str((body.get("channel") or {}).get("id", "")))
    _open_list(counter, body, lambda: counter.list_schedules(channel, member_of(body)))
    ack()


def on_new(counter: Counter, ack: Ack, body: Body) -> None:
    """*New schedule*: the form on top of the list."""
    channel = _channel(body)
    _if_allowed(counter, body, channel, lambda: open_form(counter, body, channel, None, push=True))
    ack()


def on_edit(counter: Counter, ack: Ack, body: Body) -> None:
    """*Edit*: the form, filled in, on top of the list."""
    schedule = fetch_schedule(counter.desk, ScheduleId(_value(body)))
    if schedule is None:
        _refresh(counter, body, words.problem_text(ScheduleProblem.GONE, counter.desk.settings))
    else:
        open_it = partial(open_form, counter, body, schedule.channel, schedule.id, push=True)
        _if_allowed(counter, body, schedule.channel, open_it)
    ack()


def on_try(counter: Counter, ack: Ack, body: Body) -> None:
    """*Try it on me*: what the channel would see, for the admin alone."""
    schedule = fetch_schedule(counter.desk, ScheduleId(_value(body)))
    if schedule is None:
        _refresh(counter, body, words.problem_text(ScheduleProblem.GONE, counter.desk.settings))
    else:
        _if_allowed(counter, body, schedule.channel, lambda: try_it(counter, body, schedule))
    ack()


Change = Callable[[Counter, ScheduleId, MemberId], ScheduleProblem | None]


def on_change(counter: Counter, ack: Ack, body: Body, change: Change) -> None:
    """*Pause*, *Resume*, *Delete*: done, the list as it is now, and the channel told beside."""
    problem = change(counter, ScheduleId(_value(body)), member_of(body))
    _refresh(counter, body, words.problem_text(problem, counter.desk.settings) if problem else "")
    if problem is None:
        counter.run_due()
    ack()


def on_ask(counter: Counter, ack: Ack, body: Body) -> None:
    """*Ask now*: a round opens beside the acknowledgement, and the list says what became of it."""
    member, schedule_id = member_of(body), ScheduleId(_value(body))

    async def step() -> None:
        asked = await counter.work.flow(partial(ask_now, counter.flows, _channel(body), member, schedule_id))
        said = (
            words.asked_text(asked)
            if isinstance(asked, Round)
            else words.not_asked_text(asked, counter.desk.settings)
        )
        await counter.run(lambda: _refresh(counter, body, said))
        counter.run_due()

    counter.after(step)
    ack()


def on_promise(counter: Counter, ack: Ack, body: Body) -> None:
    """*How this stays anonymous*, in the introduction: the rules of this channel, for its people."""
    channel = ChannelId(str(body["channel"]["id"]))
    now = standing_for(counter.desk, channel, member_of(body))
    counter.open_view(body, promise_of_channel(now))
    ack()


def _pause(counter: Counter, schedule_id: ScheduleId, member: MemberId) -> ScheduleProblem | None:
    schedule = fetch_schedule(counter.desk, schedule_id)
    return pause_schedules(counter.desk, [schedule] if schedule else [], member)


def _resume(counter: Counter, schedule_id: ScheduleId, member: MemberId) -> ScheduleProblem | None:
    schedule = fetch_schedule(counter.desk, schedule_id)
    return resume_schedules(counter.desk, [schedule] if schedule else [], member)


def _delete(counter: Counter, schedule_id: ScheduleId, member: MemberId) -> ScheduleProblem | None:
    return delete_schedule(counter.desk, schedule_id, member)


def _open_list(counter: Counter, body: Body, view: Callable[[], View]) -> None:
    """Open the list beside the acknowledgement: who may change it, only Slack knows."""

    async def step() -> None:
        await counter.open_now(body, await counter.run(view))

    beside(counter, body, step)


def _if_allowed(counter: Counter, body: Body, channel: ChannelId, step: Callable[[], object]) -> None:
    """Run this for who may set the schedules of this channel; to others the list says whom to ask.

    The channel is that of the schedule, which may have moved since the list was shown.
    """
    if may_schedule(counter.desk, member_of(body), channel):
        step()
    else:
        _refresh(counter, body, words.not_allowed(counter.desk.settings))


def _refresh(counter: Counter, body: Body, note: str) -> None:
    """Put the list as it is now in place of the one that was clicked in."""
    counter.update_list(body["view"]["id"], _channel(body), member_of(body), note)


def _value(body: Body) -> str:
    return str(body["actions"][0].get("value") or "")


def _channel(body: Body) -> ChannelId:
    """The channel whose list was clicked in."""
    return ChannelId(str(body["view"].get("private_metadata") or ""))
