"""The listeners around results: what ``/belonging`` is asked, showing and sharing, and *Go on*."""

from collections.abc import Callable

from slack_bolt import Ack, App

from bot.core.model import ChannelId, MemberId, RoundKind, ScheduleId
from bot.core.summary import Result
from bot.service.norms import ledger_up_to
from bot.service.rhythm import Going, go_on
from bot.service.summaries import earlier_results, fetch_result, results_up_to, standing
from bot.slack import ledger, orders, schedules
from bot.slack.blocks import cycle, outcome, rhythm
from bot.slack.blocks import help as help_page
from bot.slack.blocks.promise import promise_answer
from bot.slack.calls import call
from bot.slack.counter import Body, Counter, member_of, round_id_of
from bot.slack.limits import fit

Drawn = Callable[[bool], cycle.Answer]
"""What is said, with a chart or without."""


def register(app: App, counter: Counter) -> None:
    """Hang these listeners on the Bolt app."""
    app.command("/belonging")(lambda ack, body: on_command(counter, ack, body))
    app.action("summary.open")(lambda ack, body: on_summary_open(counter, ack, body))
    app.action("summary.share")(lambda ack, body: on_summary_share(counter, ack, body))
    app.action("cycle.share")(lambda ack, body: on_cycle_share(counter, ack, body))
    app.action("trend.share")(lambda ack, body: on_trend_share(counter, ack, body))
    app.action("schedule.resume")(lambda ack, body: on_schedule_resume(counter, ack, body))


def on_command(counter: Counter, ack: Ack, body: Body) -> None:
    """``/belonging`` and the words that may follow; the answer is for the asker alone."""
    words = " ".join(str(body.get("text") or "").lower().split()) or "help"
    if words == "schedule":
        schedules.on_schedule(counter, ack, body)
    elif words == "propose":
        _acknowledge(ack, ledger.answer_propose(counter, *_asker(body), body["trigger_id"]))
    elif words == "norms":
        _acknowledge(ack, ledger.answer_norms(counter, *_asker(body)))
    elif not orders.on_order(counter, ack, body, words):
        _acknowledge(ack, _answer_to(counter, words, ChannelId(body["channel_id"])))


def on_summary_open(counter: Counter, ack: Ack, body: Body) -> None:
    """*Show* in the Home tab: a stored result as a modal (which cannot hold charts)."""
    result = fetch_result(counter.desk, round_id_of(body))
    if result:
        ledger_then = ledger_up_to(counter.desk, result[0])
        view = outcome.result_modal(*result, earlier_results(counter.desk, result[0]), ledger_then)
        counter.open_view(body["trigger_id"], view)
    ack()


def on_summary_share(counter: Counter, ack: Ack, body: Body) -> None:
    """*Share in channel*: the stored result, for everybody there, with who brought it back."""
    result = fetch_result(counter.desk, round_id_of(body))
    if result and result[0].prompt.kind is RoundKind.REFLECT:
        earlier = earlier_results(counter.desk, result[0])
        norms = ledger_up_to(counter.desk, result[0])
        text = outcome.result_notification(*result, earlier, norms)

        def drawn(chart: bool) -> cycle.Answer:  # noqa: FBT001 - with a chart or without
            return text, outcome.shared_result(*result, member_of(body), earlier, norms, chart=chart)

        _post(counter, result[0].channel, drawn)
    ack()


def on_cycle_share(counter: Counter, ack: Ack, body: Body) -> None:
    """*Share in channel*: the cycle that the asker was shown, for everybody there."""
    channel, results = _shown(counter, body)
    _post(counter, channel, lambda chart: cycle.shared_cycle(results, member_of(body), chart=chart))
    ack()


def on_trend_share(counter: Counter, ack: Ack, body: Body) -> None:
    """*Share in channel*: the trend that the asker was shown, for everybody there."""
    channel, results = _shown(counter, body)
    _post(counter, channel, lambda chart: cycle.shared_trend(results, member_of(body), chart=chart))
    ack()


def on_schedule_resume(counter: Counter, ack: Ack, body: Body) -> None:
    """*Go on*, by anyone of the channel that was asked."""
    went = go_on(counter.desk, ScheduleId(str(body["actions"][0].get("value") or "")), member_of(body))
    if went.going is not Going.NOT_A_MEMBER:
        blocks = rhythm.gone_on(went)
        counter.outbox.send(
            lambda: call(
                counter.client.chat_update,
                channel=body["channel"]["id"],
                ts=body["message"]["ts"],
                text=blocks[0]["text"]["text"],
                blocks=blocks,
            )
        )
    counter.open_view(body["trigger_id"], rhythm.going_notice(went))
    ack()


def _acknowledge(ack: Ack, answer: cycle.Answer | None) -> None:
    """Answer the asker alone; with nothing to say, nothing is said."""
    if answer is None:
        ack()
    else:
        text, blocks = answer
        ack(response_type="ephemeral", **fit({"text": text, "blocks": blocks}))


def _asker(body: Body) -> tuple[ChannelId, MemberId]:
    """Where a command was typed, and by whom."""
    return ChannelId(str(body["channel_id"])), MemberId(str(body["user_id"]))


def _answer_to(counter: Counter, words: str, channel: ChannelId) -> cycle.Answer:
    chart = counter.charts.drawn
    match words:
        case "help":
            settings = counter.desk.settings
            return help_page.help_text(), help_page.help_blocks(settings.support, settings.policy.threshold)
        case "privacy":
            return promise_answer(standing(counter.desk, channel))
        case "summary":
            now = standing(counter.desk, channel)
            norms = ledger_up_to(counter.desk, now.latest[0]) if now.latest else ()
            return outcome.asked_result(now.latest, now.open_round, now.earlier, norms, chart=chart)
        case "summary cycle":
            now = standing(counter.desk, channel)
            return cycle.asked_cycle(now.results, now.open_round, chart=chart)
        case "trend":
            now = standing(counter.desk, channel)
            return cycle.asked_trend(now.results, now.open_round, chart=chart)
        case _:
            return help_page.unknown_word(words)


def _shown(counter: Counter, body: Body) -> tuple[ChannelId, tuple[Result, ...]]:
    """The channel of a message, and its results up to the one that was the newest when it was shown."""
    channel = ChannelId(str(body["channel"]["id"]))
    return channel, results_up_to(counter.desk, channel, str(body["actions"][0].get("value") or ""))


def _post(counter: Counter, channel: ChannelId, drawn: Drawn) -> None:
    """Say something in a channel; without the chart where Slack will not draw it."""

    def post(chart: bool) -> None:  # noqa: FBT001 - with a chart or without
        text, blocks = drawn(chart)
        call(counter.client.chat_postMessage, channel=channel, text=text, blocks=blocks)

    counter.outbox.send(lambda: counter.charts.post(post))
