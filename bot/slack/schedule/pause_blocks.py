"""What is said when a channel grows quiet: shall we go on? And what the button answers."""

from bot.core.schedule import Schedule, describe
from bot.service.pauses import Going, GoneOn
from bot.slack.kit.builders import Block, View, actions, button, context, moment, notice, section

GO_ON_TEXT = "Fewer than half of us replied to the last two questions. Shall we go on?"


def shall_we_go_on(schedule: Schedule) -> list[Block]:
    """The question whether to go on, with its one button."""
    return [
        section(
            "*Shall we go on?*\nFewer than half of us replied to the last two questions, so the questions pause here. "
            "That may be a full calendar, or that nothing came of the last summary, and both are worth a talk."
        ),
        actions("schedule.actions", button("Go on", "schedule.resume", schedule.id, style="primary")),
        context(
            f"The questions came {describe(schedule)}. Anyone here may press; who does is not kept. Until somebody "
            "does, nothing is asked."
        ),
    ]


def gone_on(outcome: GoneOn) -> list[Block]:
    """What stands in place of the question once somebody said to go on."""
    return [section(f"*We go on.* {_next(outcome)}")]


def going_notice(outcome: GoneOn) -> View:
    """What the one who pressed reads."""
    if outcome.going is Going.NOT_A_MEMBER:
        return notice("Not here", "This is for the people of that channel.")
    if outcome.going is Going.ALREADY:
        return notice("Going on", f"The questions go on already. {_next(outcome)}")
    return notice("Going on", f"Thank you. {_next(outcome)}")


def _next(outcome: GoneOn) -> str:
    if outcome.schedule is None:
        return "The next question comes when a schedule is set."
    if outcome.next_at is None:
        return "The schedule is paused for now; the next question comes when an admin resumes it."
    return f"The next question comes {moment(outcome.next_at, outcome.schedule.zone)}."
