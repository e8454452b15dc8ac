"""The team that answers by itself, through the same way as everyone."""

import contextlib
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import mean
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.config import load_pack
from bot.core.model import Side
from bot.demo.people import Group
from bot.demo.sample_answers import PROPOSALS, SAMPLES, answers_by_question, answers_to, own_words, rating
from bot.demo.server import DemoServer
from bot.demo.team import QUOTED, UNQUOTED, Share, Text, filled_in, texts_for
from bot.demo.workspace import Message, View, demo_workspace
from tests.demo.conftest import OVER

SCALE = [{"text": {"type": "plain_text", "text": t}, "value": v} for t, v in [("No", "1"), ("So-so", "2"), ("Yes", "3"), ("Not said", "none")]]  # fmt: skip  # noqa: E501 - one line


def field(block_id: str, label: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    text = {"type": "plain_text", "text": label}
    return {
        "type": "input",
        "block_id": block_id,
        "label": text,
        "element": {"action_id": "a", **element},
        **more,
    }


FORM = {
    "type": "modal",
    "title": {"type": "plain_text", "text": "Reply"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [
        field("welcome", "I feel welcome here", {"type": "radio_buttons", "options": SCALE}),
        field("shape", "I can change our habits", {"type": "radio_buttons", "options": SCALE}),
        field("text", "A word more", {"type": "plain_text_input", "max_length": 90}),
        field("tags", "Tags", {"type": "multi_static_select", "options": SCALE, "max_selected_items": 2}),
        field("quote", "May we quote it?", {"type": "checkboxes", "options": SCALE[:1]}, optional=True),
    ],
}
NOTE = {"type": "modal", "title": {"type": "plain_text", "text": "Note"}, "blocks": [{"type": "divider"}]}


def buttons(*names: str) -> list[dict[str, Any]]:
    return [
        {
            "type": "actions",
            "elements": [
                {"type": "button", "action_id": n, "text": {"type": "plain_text", "text": n}} for n in names
            ],
        }
    ]


def ask(server: DemoServer, app: Any, *names: str) -> Any:
    bot = WebClient(token=server.bot_token, base_url=server.api_url)

    def answer(request: Any) -> Any:
        payload = request.payload
        if payload["type"] == "view_submission":
            return {"response_action": "update", "view": NOTE}
        name = payload["actions"][0]["action_id"]
        if name == "reply" and payload["user"]["id"] != "U09PRIY":
            bot.views_open(trigger_id=payload["trigger_id"], view=FORM)
        elif name != "nothing":
            bot.views_open(trigger_id=payload["trigger_id"], view=NOTE)
        return {}

    app.answer = answer
    ts = bot.chat_postMessage(channel="C02PRODUCT", text="?", blocks=buttons(*names))["ts"]
    return server.run(server.control.team_answer({"as": "U01MAYA", "channel": "C02PRODUCT", "ts": ts}))


@pytest.fixture
def team(server_with: Any, quick: Any) -> Iterator[Any]:
    """Starts the demo's workspace and an app in it, as often as asked."""
    with contextlib.ExitStack() as stack:

        def make() -> Any:
            server = server_with(workspace=demo_workspace())
            return server, stack.enter_context(quick(server))

        yield make


def submitted(app: Any) -> dict[str, Any]:
    payloads = [r.payload for r in app.seen if r.payload["type"] == "view_submission"]
    return {p["user"]["id"]: p["view"]["state"]["values"] for p in payloads}


def test_all_but_a_couple_answer_the_same_way_each_time(team: Any) -> None:
    answers = []
    for _ in range(2):
        server, app = team()
        result = ask(server, app, "privacy", "reply")
        answers.append(submitted(app))
        assert result["answered"] == len(answers[-1])
        assert server.workspace.problems == []
        assert not any(server.workspace.stacks.values())
    assert answers[0] == answers[1]
    assert len(answers[0]) in {10, 11}
    assert not {"U01MAYA", "U09PRIY"} & answers[0].keys()


def test_free_texts_are_marked_and_fit(team: Any) -> None:
    server, app = team()
    ask(server, app, "reply")
    texts = [values["text"]["a"]["value"] for values in submitted(app).values()]
    marks = ("(sample answer)", "(Beispielantwort)", "(サンプル回答)")
    assert all(text.endswith(marks) and len(text) <= 90 for text in texts)


def test_a_message_whose_buttons_open_nothing_is_answered_by_nobody(team: Any) -> None:
    server, app = team()
    server.site.deadlines = OVER
    assert ask(server, app, "nothing")["answered"] == 0


def test_newcomers_are_welcomed_but_do_not_yet_shape() -> None:
    def average(statement: str, *, newcomer: bool) -> float:
        chance = random.Random(1)
        return mean(rating(statement, newcomer=newcomer, chance=chance) for _ in range(400))

    welcome, shape = "I feel welcome here", "My ideas change how we work"
    assert average(welcome, newcomer=True) - average(shape, newcomer=True) > 0.25
    assert abs(average(welcome, newcomer=False) - average(shape, newcomer=False)) < 0.15


def test_samples_are_many_and_different() -> None:
    assert len(set(SAMPLES)) == len(SAMPLES) == 24
    assert all(re.search(r"\(sample answer\)$", text) for text in SAMPLES)


def test_every_question_of_the_pack_has_answers_of_its_own_and_none_is_written_twice() -> None:
    asked = [prompt.question for prompt in SHIPPED.prompts]
    asked += [one.question for one in SHIPPED.co_create if one.use is None or "carry" in str(one.use)]

    found = [answers_to(question) for question in asked]

    assert [] == [question for question, texts in zip(asked, found, strict=True) if texts is SAMPLES]
    assert len(found) == len(set(found)) == len(answers_by_question())
    written = [text for texts in answers_by_question().values() for text in texts]
    assert len(written) == len(set(written)) == QUOTED * len(found)
    assert all(text.endswith(". (sample answer)") or "? (" in text for text in written)


def test_in_one_question_no_two_people_write_the_same_and_quotes_fit_it() -> None:
    for prompt in SHIPPED.prompts:
        blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": f"*{prompt.question}*"}}]
        texts = texts_for(Message(ts="1", channel="C1", user="U0", text="New", blocks=blocks), 13)

        assert len({text.words for text in texts}) == 13
        assert {text.words for text in texts if text.choice == 1} == set(answers_to(prompt.question))


def test_nobody_writes_what_somebody_in_another_workspace_writes() -> None:
    for prompt in SHIPPED.prompts:
        blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": f"*{prompt.question}*"}}]
        message = Message(ts="1", channel="C1", user="U0", text="New", blocks=blocks)
        each = [texts_for(message, 13, Share(number=number, of=3)) for number in range(3)]
        written = [text.words for texts in each for text in texts if text.choice]

        assert all(len({text.words for text in texts}) == 13 for texts in each)
        assert len(set(written)) == len(written) == 3 * (QUOTED + UNQUOTED)
        assert len({rule for texts in each for rule in texts[0].proposals}) == len(PROPOSALS)


def test_a_question_that_nobody_knows_gets_answers_that_fit_most() -> None:
    assert answers_to("What is your favourite bread?") is SAMPLES


SHIPPED = load_pack(Path(__file__).parents[2] / "prompts" / "belonging")


def leaning(statement: str, *, newcomer: bool) -> float:
    chance = random.Random(3)
    return mean(rating(statement, newcomer=newcomer, chance=chance) for _ in range(100))


def test_of_every_anchor_of_the_pack_newcomers_agree_less_where_it_is_about_shaping_alone() -> None:
    for topic in SHIPPED.dimensions:
        apart = leaning(topic.anchor.text, newcomer=False) - leaning(topic.anchor.text, newcomer=True)
        assert (apart > 0.25) == (topic.side is Side.BELONGING), topic.anchor.text


def test_with_what_speaks_against_the_team_those_who_are_long_there_agree_least() -> None:
    for item in (item for prompt in SHIPPED.prompts for item in prompt.statements):
        assert (leaning(item.text, newcomer=False) < 0.5) == item.reversed, item.text


def test_the_team_has_newcomers_long_timers_and_one_admin() -> None:
    groups = [m.group for m in demo_workspace().members.values() if m.is_human]
    assert groups.count(Group.ADMIN) == 1
    assert groups.count(Group.NEWCOMER) >= 4
    assert groups.count(Group.LONG_TIMER) >= 4


def test_newcomers_say_that_they_are_newer_and_the_others_that_they_are_not(team: Any) -> None:
    choices = [
        {"text": {"type": "plain_text", "text": t}, "value": t} for t in ("Newer", "Longer", "Not said")
    ]
    asked = field("tenure", "How long have you been here?", {"type": "radio_buttons", "options": choices})
    server, _ = team()
    view = View(id="V1", user="U01MAYA", hash="h", body={"blocks": [asked]})

    for member in server.workspace.members.values():
        chosen = filled_in(view, member, random.Random(1), Text("", 0))["tenure"]["a"]["selected_option"][
            "value"
        ]
        assert chosen == ("Newer" if member.group is Group.NEWCOMER else "Longer")


def test_a_form_in_another_language_is_filled_in_like_the_english_one() -> None:
    options = [
        {"text": {"type": "plain_text", "text": words}, "value": value}
        for words, value in (("I would try it", "5"), ("I see harm in it", "1"), ("Not said", "none"))
    ]
    english = [
        field("reply.tenure", "How long have you been here?", {"type": "static_select", "options": options}),
        field("item:a", "I see harm in it?", {"type": "static_select", "options": options}),
        field("item:b", "I help shape how we work here.", {"type": "static_select", "options": SCALE}),
        field("reply.text", "Your proposal", {"type": "plain_text_input"}),
    ]
    german = json.loads(json.dumps(english))
    for block in german:
        block["label"]["text"] = "etwas auf Deutsch"
        for option in block["element"].get("options", []):
            option["text"]["text"] = "Antwort"
    member = demo_workspace().members["U09PRIY"]
    meant = {block["block_id"]: block for block in english}

    def filled(blocks: list[dict[str, Any]]) -> dict[str, Any]:
        view = View(id="V1", user=member.id, hash="h", body={"blocks": blocks})
        return filled_in(view, member, random.Random(5), Text("words", 1), meant)

    def values(state: dict[str, Any]) -> list[str]:
        chosen = [value for actions in state.values() for value in actions.values()]
        return [one.get("value") or one["selected_option"]["value"] for one in chosen]

    assert values(filled(english)) == values(filled(german))


def test_lena_and_yuki_write_in_their_own_languages_and_may_be_quoted(team: Any) -> None:
    server, app = team()

    ask(server, app, "reply")

    texts = {user: values["text"]["a"]["value"] for user, values in submitted(app).items()}
    assert texts["U08LENA"] in own_words("de-DE")
    assert texts["U05YUKI"] in own_words("ja-JP")
    assert () == own_words("en-GB")
    assert sum(text in own_words("de-DE") + own_words("ja-JP") for text in texts.values()) == 2
