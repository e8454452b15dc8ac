"""A form that is drawn anew: the last click decides, and what is filled in stays as it was."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from bot.core.model import Receipt
from bot.demo.shapes import initial_state
from bot.slack.context import ListenerContext
from bot.slack.reply.blocks import More, reply_form
from bot.slack.reply.forms import FormMetadata, form_metadata
from bot.slack.reply.opening import redrawn_form, show_newest, show_no_more
from bot.slack.transport.latest_preview import Previews
from tests.fakes.loops import run_alone
from tests.slack.samples import SUPPORT, a_round

ROUND = a_round()
METADATA = form_metadata(FormMetadata(round_id=ROUND.id, receipt=Receipt(b"r" * 16)))
Json = dict[str, Any]


@dataclass
class Drawings:
    """The part of a listener's context that draws: its steps wait until a test takes them."""

    previews: Previews = field(default_factory=Previews)
    steps: list[Callable[[], Awaitable[object]]] = field(default_factory=list)
    calls: list[Json] = field(default_factory=list)

    @property
    def workers(self) -> "Drawings":
        """Whoever calls Slack: this very object."""
        return self

    def add_task(self, step: Callable[[], Awaitable[object]]) -> None:
        """Keep a step for later."""
        self.steps.append(step)

    async def call(self, method: str, **arguments: Any) -> None:
        """Note a call to Slack."""
        self.calls.append({"method": method, **arguments})

    def press(self, number: int) -> None:
        """Ask for a drawing, the number of which is its place in time."""
        body = {"view": {"id": "V1", "private_metadata": METADATA}, "actions": [{"action_ts": str(number)}]}
        show_newest(cast(ListenerContext, self), body, {"number": number})


def shown(view: Json, more: More, text: str = "") -> Json:
    """A form as Slack sends it back, with this choice and text."""
    values = initial_state(view["blocks"])
    values["reply.more"]["reply.more"]["selected_option"] = {"value": more.value}
    if text:
        values["reply.text"] = {"text": {"type": "plain_text_input", "value": text}}
    return {**view, "id": "V1", "state": {"values": values}}


@given(st.permutations(range(4)))
def test_in_whatever_order_drawings_leave_only_the_last_that_was_asked_for_is_shown(order: list[int]) -> None:
    drawings = Drawings()
    for number in range(4):
        drawings.press(number)

    async def leave() -> None:
        for place in order:
            await drawings.steps[place]()

    run_alone(leave())
    assert [{"number": 3}] == [call["view"] for call in drawings.calls]


def test_a_drawing_is_shown_whatever_was_drawn_meanwhile() -> None:
    drawings = Drawings()
    drawings.press(1)

    run_alone(drawings.steps[0]())

    assert "hash" not in drawings.calls[0]


def test_a_drawing_that_comes_late_does_not_take_the_place_of_what_follows() -> None:
    drawings = Drawings()
    drawings.press(1)
    view = {"id": "V1", "private_metadata": METADATA}

    async def story() -> None:
        await show_no_more(cast(ListenerContext, drawings), view)()
        await drawings.steps[0]()

    run_alone(story())
    assert drawings.calls == []


@given(st.lists(st.sampled_from(More), max_size=5), st.booleans())
def test_fields_that_are_there_stay_the_very_same_however_often_the_form_is_drawn(
    choices: list[More],
    typed: bool,  # noqa: FBT001 - drawn
) -> None:
    first = view = reply_form(ROUND, SUPPORT, METADATA)
    for more in choices:
        view = redrawn_form(ROUND, SUPPORT, shown(view, more, "So it was" if typed else ""), 0)

    def fields(form: Json) -> list[Json]:
        kept = ("item:", "reply.more", "reply.tenure")
        return [block for block in form["blocks"] if block.get("block_id", "").startswith(kept)]

    assert fields(first) == fields(view)
    assert METADATA == view["private_metadata"]
    assert "So it was" not in str(view)


def test_a_form_that_was_open_before_words_changed_keeps_its_words() -> None:
    view = reply_form(ROUND, SUPPORT, METADATA)
    fields = [block for block in view["blocks"] if block.get("block_id", "").startswith("item:")]
    fields[0]["label"] = {"type": "plain_text", "text": "As it was before"}

    drawn = redrawn_form(ROUND, SUPPORT, shown(view, More.QUOTED), 0)

    assert "As it was before" in str(drawn)
