"""Where ``policy.quotes`` is off, no text is asked for, stored or shown. A round keeps its setting."""

from dataclasses import replace

import pytest

from bot.core.model import ReleasePolicy, Round
from bot.core.release import Published, release
from bot.core.replies import Draft, Reply
from bot.core.schedule import Source
from bot.service.recovery import apply_declared
from bot.slack.kit.privacy import promise_blocks
from bot.slack.kit.release_rules import policy_sentences
from bot.slack.reply.blocks import reply_form
from bot.slack.reply.error_blocks import NOTHING_ANSWERED
from bot.slack.reply.forms import parse_reply
from tests.service.services import SUPPORT, Fakes, weekly
from tests.slack.samples import a_round
from tests.slack.test_forms import view
from tests.world import text_of

OFF = ReleasePolicy(quotes=False)
UNQUOTED = a_round(policy=OFF)


def inputs(round_: Round) -> list[str]:
    return [
        block["block_id"] for block in reply_form(round_, SUPPORT, "m")["blocks"] if block["type"] == "input"
    ]


def test_the_form_has_neither_a_box_for_text_nor_a_choice_to_be_quoted() -> None:
    assert {"reply.more"} == set(inputs(a_round())) - set(inputs(UNQUOTED))
    assert {"reply.tags"} == {name for name in inputs(UNQUOTED) if not name.startswith("item:")}


def test_a_text_in_a_forged_form_is_no_part_of_the_reply() -> None:
    sent = view(text="Ingrid made room for me.", **{"item:welcome-anchor": "4"})

    draft = parse_reply(sent, UNQUOTED)

    assert isinstance(draft, Draft)
    assert ("", False) == (draft.text, draft.quotable)


def test_an_empty_form_is_told_at_a_field_that_it_has() -> None:
    assert {"item:welcome-anchor": NOTHING_ANSWERED} == parse_reply(view(tags=[]), UNQUOTED)


@pytest.mark.parametrize(("policy", "many"), [(OFF, 0), (ReleasePolicy(), 12)])
def test_no_reply_is_quoted(policy: ReleasePolicy, many: int) -> None:
    replies = [Reply(answers={}, text=f"I was asked in week {place}.", quotable=True) for place in range(12)]
    round_ = replace(a_round(), policy=policy)

    result = release(round_, replies, seed=1, names=frozenset())

    assert isinstance(result, Published)
    assert many == len(result.quotes)


def test_the_promise_speaks_of_quotes_only_where_there_are_some() -> None:
    said = text_of(promise_blocks(OFF))

    assert "nobody is quoted" in " ".join(policy_sentences(OFF))
    assert "Say more?" not in said
    assert "Say more?" in text_of(promise_blocks(ReleasePolicy()))


def test_a_schedule_set_in_slack_follows_and_an_open_round_keeps_its_rules(
    fakes: Fakes, opened: Round
) -> None:
    """The mutant that leaves stored schedules alone goes on quoting after quotes are off."""
    fakes.put(weekly(source=Source.SLACK, policy=ReleasePolicy(threshold=6)))
    fakes.with_settings(policy=replace(OFF, threshold=7))

    apply_declared(fakes.services, (), fakes.services.clock())

    (schedule,) = fakes.store.tables.schedules.values()
    assert replace(OFF, threshold=7) == schedule.policy
    assert fakes.round(opened.id).policy.quotes
