"""What several features show is said in the language of its reader, and in no other."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from bot.core.counts import Count
from bot.core.cycle_summary import Circle
from bot.core.language import Language
from bot.core.model import Outcome, ReleasePolicy, RoundKind, RoundState
from bot.core.release import Published, Withheld
from bot.slack.help import blocks as help_page
from bot.slack.kit import failures, privacy, refusals, result_lines, round_words
from bot.slack.kit.builders import actions, button, moment, section, suggest_button, tell_apart, whom_to_tell
from bot.slack.kit.limits import CUT_SHORT, fit_message
from bot.slack.kit.pages import page_buttons
from tests.languages import PSEUDO
from tests.slack.reading import texts
from tests.slack.said import AGREED, CLEAN, QUIET, STRICT
from tests.slack.samples import OUTSIDE, PROMPT, a_round

BOX = a_round(prompt=replace(PROMPT, kind=RoundKind.COLLECT), state=RoundState.GATHERING)
CHOICE = a_round(prompt=replace(PROMPT, kind=RoundKind.CHOOSE))
AGAIN = a_round(prompt=replace(PROMPT, kind=RoundKind.LOOK_AGAIN))
PUBLISHED = Published(round_id=a_round().id, replies=8, audience=12, statements=())
FOUND = replace(QUIET, proof=replace(CLEAN, failed=("orphans",)))
CIRCLE = Circle(inclusion=Count(of=14, low=5, high=5), belonging=Count(of=14, low=11, high=14), pair=None)

SAID: Mapping[str, Callable[[], Any]] = {
    "promise": lambda: privacy.promise_answer(QUIET, PSEUDO),
    "promise, as agreed": lambda: privacy.promise_answer(AGREED, PSEUDO),
    "promise, not as agreed": lambda: privacy.promise_answer(replace(AGREED, differs=("x",)), PSEUDO),
    "promise, nothing found": lambda: privacy.promise_answer(replace(QUIET, proof=CLEAN), PSEUDO),
    "promise, look at": lambda: privacy.promise_answer(
        replace(QUIET, proof=replace(CLEAN, warned=("modes",))), PSEUDO
    ),
    "promise, found": lambda: privacy.promise_answer(FOUND, PSEUDO),
    **{
        f"promise, {round_.prompt.kind}": lambda round_=round_: privacy.promise_modal(round_, PSEUDO)
        for round_ in (STRICT, BOX, CHOICE, AGAIN)
    },
    "promise, no quotes": lambda: privacy.promise_blocks(
        ReleasePolicy(quotes=False), tenure=True, language=PSEUDO
    ),
    "promise of a channel": lambda: privacy.promise_of_channel(QUIET, PSEUDO),
    "help before": lambda: privacy.care_before(OUTSIDE, PSEUDO),
    "help after": lambda: privacy.care_after(OUTSIDE, PSEUDO),
    "commands": lambda: help_page.help_blocks(OUTSIDE, ReleasePolicy(), PSEUDO),
    "commands, no quotes": lambda: help_page.help_blocks(None, ReleasePolicy(quotes=False), PSEUDO),
    "commands in a line": lambda: help_page.help_text(PSEUDO),
    "a word that it does not know": lambda: help_page.unknown_word("sumary", PSEUDO),
    "failed": lambda: [
        say("a1b2c3", PSEUDO) for say in (failures.failed, failures.probably_saved, failures.failed_command)
    ],
    "failed, a notice": lambda: failures.failed_notice(failures.failed("a1b2c3", PSEUDO), PSEUDO),
    "busy": lambda: failures.busy(PSEUDO),
    "uncertain": lambda: [failures.uncertain_reply(PSEUDO), failures.uncertain(PSEUDO)],
    "too late": lambda: failures.too_late({"type": "home", "blocks": []}, PSEUDO)["blocks"],
    **{
        f"refused, {reason}": lambda reason=reason: [
            refusals.not_here_answer(reason, PSEUDO),
            refusals.not_here_notice(reason, PSEUDO),
        ]
        for reason in ("", *refusals.REFUSALS)
    },
    "not here": lambda: refusals.not_here(PSEUDO),
    "shared": lambda: refusals.shared_today(PSEUDO),
    "in channels only": lambda: refusals.in_channels_only("ask", PSEUDO),
    "waiting": lambda: result_lines.waiting_for(a_round(), PSEUDO),
    **{
        f"result, {name}": lambda round_=round_, release=release: result_lines.result_line(
            round_, release, PSEUDO
        )
        for name, round_, release in (
            ("withheld", a_round(), Withheld(round_id=a_round().id)),
            ("replied", a_round(), PUBLISHED),
            ("no proposals", BOX, Withheld(round_id=BOX.id)),
            ("proposals", BOX, replace(PUBLISHED, proposals=("a", "b", "c"))),
            *((one.value, AGAIN, replace(PUBLISHED, outcome=one)) for one in Outcome),
        )
    },
    "circle": lambda: result_lines.circle_picture(CIRCLE, PSEUDO),
    **{
        f"buttons, {round_.state} {round_.prompt.kind}": lambda round_=round_: round_words.own_reply_buttons(
            round_, PSEUDO
        )
        for round_ in (a_round(), BOX, replace(BOX, state=RoundState.OPEN))
    },
    "tried": lambda: [round_words.most_wanted(PSEUDO), round_words.wanted_by_some(PSEUDO)],
    "suggest": lambda: suggest_button("C0TEAM", PSEUDO),
    "an admin": lambda: whom_to_tell([], PSEUDO),
    "pages": lambda: page_buttons("x", 1, 70, PSEUDO),
}
BRACKETS = re.compile(r"\[!!![^\[\]]*!!!\]")
TYPED = re.compile(r"`[^`]*`|<[^>]*>|🌱 Belonging Bot")
"""What people type, links, and the name of the bot."""


def words_of(said: Any) -> list[str]:
    """All texts of what was said, also of parts of blocks."""
    if isinstance(said, str):
        return [said]
    if isinstance(said, Mapping):
        inner = [value for key, value in said.items() if key in {"text", "title", "confirm", "deny", "close"}]
        deeper = [value for value in said.values() if isinstance(value, Mapping | list)]
        return [word for value in (*inner, *deeper) for word in words_of(value)]
    return [word for one in said for word in words_of(one)]


def left_in_english(text: str) -> str:
    """What of a text is in no message."""
    text = TYPED.sub("", text)
    while BRACKETS.search(text):
        text = BRACKETS.sub("", text)
    return text


@pytest.mark.parametrize("name", SAID)
def test_all_of_it_is_in_the_language(name: str) -> None:
    words = words_of(SAID[name]())

    assert words
    assert [] == [word for word in words if re.search(r"[^\W\d_]", left_in_english(word))]


def test_a_time_and_buttons_of_the_same_words_are_told_apart_in_the_language() -> None:
    rows = [actions(place, button("Open", f"{place}.open")) for place in ("one", "two")]
    labels = [row["elements"][0]["accessibility_label"] for row in tell_apart(rows, PSEUDO)]

    assert [""] * 2 == [left_in_english(label) for label in labels]
    assert left_in_english(moment(a_round().closes_at, "Europe/Berlin", PSEUDO)) == ""


def test_several_admins_are_a_list_of_the_language() -> None:
    assert whom_to_tell(["U1", "U2"]) == "<@U1> or <@U2>"
    assert whom_to_tell(["U1", "U2", "U3"], Language("de")) == "<@U1>, <@U2> oder <@U3>"


def test_a_message_that_is_too_long_ends_in_the_language() -> None:
    fitted = fit_message([section("x")] * 60, PSEUDO)

    assert PSEUDO.gettext(CUT_SHORT) == texts(fitted)[-1]
