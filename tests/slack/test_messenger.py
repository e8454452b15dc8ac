"""What is said in channels, as Slack gets it."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from slack_sdk import WebClient

from bot.core.changes import ChangeKind, ScheduleChange
from bot.core.language import Language, Languages
from bot.core.model import ChannelId, MemberId, MessageTs, Round, RoundState
from bot.core.posts import PostKind, PostOutcome, Trouble
from bot.core.release import Withheld
from bot.core.translation import LABEL, QUESTION, tag_text
from bot.demo.server import DemoServer
from bot.demo.workspace import Message
from bot.errors import SlackError
from bot.ports import AdminNote, ChannelInfo, ChannelNote
from bot.slack.messenger import SlackMessenger
from tests.contracts.values import a_schedule
from tests.languages import Pseudo
from tests.slack.samples import PROMPT, a_round, published

ROUND = a_round(announcement=None)
RESULT = published(ROUND, 8)
MAYA = MemberId("U01MAYA")


@pytest.fixture
def messenger(client: WebClient) -> SlackMessenger:
    return SlackMessenger(client, Languages())


def last(slack: DemoServer) -> Message:
    return slack.workspace.messages["C02PRODUCT"][-1]


def test_an_announcement_is_known_by_its_message(slack: DemoServer, messenger: SlackMessenger) -> None:
    ts = messenger.announce(ROUND)

    assert last(slack).ts == ts
    assert "reply.open" in json.dumps(last(slack).blocks)


@pytest.mark.parametrize(
    ("state", "note"),
    [
        (RoundState.CLOSED, "This question is closed"),
        (RoundState.CANCELLED, "was cancelled"),
        (RoundState.KEY_LOST, "its key or its replies were lost or damaged"),
    ],
)
def test_a_retired_announcement_has_no_button_and_says_what_became_of_the_round(
    slack: DemoServer, messenger: SlackMessenger, state: RoundState, note: str
) -> None:
    ts = messenger.announce(ROUND)

    messenger.retire(replace(ROUND, announcement=ts, state=state))

    assert "reply.open" not in json.dumps(last(slack).blocks)
    assert note in json.dumps(last(slack).blocks)


def test_a_retired_reminder_says_what_became_of_the_round_and_no_longer_until_when_it_is_open(
    slack: DemoServer, messenger: SlackMessenger
) -> None:
    ts = messenger.remind(ROUND)
    assert "Still open until" in last(slack).text

    messenger.retire(replace(ROUND, reminder=ts, state=RoundState.CLOSED))

    shown = json.dumps([last(slack).text, last(slack).blocks])
    assert "Still open until" not in shown
    assert "This question is closed" in shown
    assert PROMPT.question in shown


@pytest.mark.parametrize(
    ("reasons", "told"),
    [
        (("internal_error", "edit_window_closed"), "internal_error"),
        (("edit_window_closed", "internal_error"), "internal_error"),
        (("edit_window_closed", "is_archived"), "edit_window_closed"),
    ],
)
def test_a_message_that_slack_does_not_change_keeps_no_other_from_being_changed(
    slack: DemoServer, messenger: SlackMessenger, reasons: tuple[str, str], told: str
) -> None:
    round_ = replace(ROUND, announcement=messenger.announce(ROUND), reminder=messenger.remind(ROUND))
    for reason in reasons:
        slack.fail_next("chat.update", error=reason)

    with pytest.raises(SlackError) as error:
        messenger.retire(replace(round_, state=RoundState.CLOSED))

    changed = [call for call in slack.workspace.calls if call.method == "chat.update"]
    assert (list(reasons), told) == ([call.error for call in changed], error.value.reason)


def test_a_round_that_was_never_announced_has_nothing_to_retire(
    slack: DemoServer, messenger: SlackMessenger
) -> None:
    messenger.retire(ROUND)

    assert slack.workspace.calls == []


def test_a_posted_summary_notifies_with_its_first_line(slack: DemoServer, messenger: SlackMessenger) -> None:
    ts = messenger.post_summary(ROUND, RESULT)

    assert last(slack).ts == ts
    assert last(slack).blocks[0]["text"]["text"] == f"*🌱 {last(slack).text}*"
    assert "4 of the 8 who answered agree" in last(slack).text


@pytest.mark.parametrize("reason", ["not_in_channel", "is_archived", "internal_error"])
def test_any_other_refusal_of_a_summary_is_told(
    slack: DemoServer, messenger: SlackMessenger, reason: str
) -> None:
    slack.fail_next("chat.postMessage", error=reason)

    with pytest.raises(SlackError) as error:
        messenger.post_summary(ROUND, RESULT)

    assert error.value.reason == reason
    assert [call.method for call in slack.workspace.calls] == ["chat.postMessage"]


def test_a_withheld_round_is_told_without_a_number(slack: DemoServer, messenger: SlackMessenger) -> None:
    messenger.post_summary(ROUND, Withheld(round_id=ROUND.id))

    assert "Fewer than 5 people replied" in last(slack).text
    assert " of " not in last(slack).text
    assert "◐" not in json.dumps(last(slack).blocks, ensure_ascii=False)


def test_a_changed_summary_takes_the_place_of_the_posted_one(
    slack: DemoServer, messenger: SlackMessenger
) -> None:
    ts = messenger.post_summary(ROUND, RESULT)

    messenger.update_summary(replace(ROUND, summary=ts), replace(RESULT, removed=(date(2026, 12, 1),)))

    assert last(slack).ts == ts
    assert "A quote was removed on 1 December 2026." in json.dumps(last(slack).blocks)


def test_a_summary_that_somebody_has_deleted_is_not_an_error(
    slack: DemoServer, messenger: SlackMessenger
) -> None:
    messenger.update_summary(replace(ROUND, summary=MessageTs("1700000000.000001")), RESULT)
    messenger.update_summary(ROUND, RESULT)

    assert [call.error for call in slack.workspace.calls] == ["message_not_found"]


@pytest.mark.parametrize("note", ChannelNote)
def test_a_note_says_what_became_of_the_replies(
    slack: DemoServer, messenger: SlackMessenger, note: ChannelNote
) -> None:
    messenger.tell(ROUND, note)

    assert "destroyed" in last(slack).text
    assert last(slack).blocks[0]["text"]["text"] == last(slack).text


def _post(messenger: SlackMessenger, round_: Round) -> None:
    messenger.post_summary(round_, published(round_, 8))


def _update(messenger: SlackMessenger, round_: Round) -> None:
    result = published(round_, 8)
    messenger.update_summary(replace(round_, summary=messenger.post_summary(round_, result)), result)


def _retire(messenger: SlackMessenger, round_: Round) -> None:
    messenger.retire(replace(round_, announcement=messenger.announce(round_)))


@pytest.mark.parametrize("say", [_post, _update, _retire])
def test_words_of_a_prompt_pack_cannot_call_anybody(
    slack: DemoServer, messenger: SlackMessenger, say: Callable[[SlackMessenger, Round], None]
) -> None:
    statements = tuple(replace(one, text=f"<!channel> {one.text}") for one in PROMPT.statements)
    loud = replace(PROMPT, question="<!here> & all?", label="<!everyone>", statements=statements)

    say(messenger, replace(ROUND, prompt=loud))

    plain = [block for block in last(slack).blocks if block["type"] != "header"]
    assert "<!channel>" not in last(slack).text + json.dumps(plain)
    assert "<!here>" not in last(slack).text + json.dumps(plain)
    assert "<!everyone>" not in last(slack).text + json.dumps(plain)


def test_nobody_speaks_in_a_channel_that_the_bot_is_not_in(messenger: SlackMessenger) -> None:
    with pytest.raises(SlackError) as error:
        messenger.announce(replace(ROUND, channel=ChannelId("C03RANDOM")))

    assert error.value.reason == "not_in_channel"


JAPANESE = Language("ja", Pseudo)
"""Its days and times hold no word that could be English."""

PLACES = (
    *(LABEL, QUESTION),
    *(one.id for one in PROMPT.statements),
    *(tag_text(tag.id) for tag in PROMPT.tags),
)
WORDS = dict.fromkeys(PLACES, "質問")
ASKED = replace(ROUND, language="ja", prompt=replace(PROMPT, translations={"ja": WORDS}))
WEEKLY = a_schedule(channel=ROUND.channel, language="ja")
CHANGED = ScheduleChange(kind=ChangeKind.CHANGED, schedule=WEEKLY, at=ROUND.opened_at, by=None)
INFO = ChannelInfo(id=ROUND.channel, name="team", private=False, archived=False, joined=True)
TROUBLE = Trouble(kind=PostKind.QUESTION, fate=PostOutcome.UNKNOWN)

SAY: dict[str, Callable[[SlackMessenger], object]] = {
    "announce": lambda one: one.announce(ASKED, shared=True),
    "remind": lambda one: one.remind(ASKED, shared=True),
    "retire": lambda one: one.retire(
        replace(ASKED, announcement=one.announce(ASKED), state=RoundState.CLOSED)
    ),
    "retire the reminder": lambda one: one.retire(
        replace(ASKED, reminder=one.remind(ASKED), state=RoundState.CANCELLED)
    ),
    "post_summary": lambda one: one.post_summary(ASKED, RESULT, [(ASKED, RESULT)]),
    "withheld": lambda one: one.post_summary(ASKED, Withheld(round_id=ROUND.id)),
    "post_cycle": lambda one: one.post_cycle(WEEKLY, [(ASKED, RESULT)]),
    "ask_to_go_on": lambda one: one.ask_to_go_on(WEEKLY),
    "tell": lambda one: one.tell(ASKED, ChannelNote.CANCELLED),
    "introduce": lambda one: one.introduce(ROUND.channel, JAPANESE),
    "tell_change": lambda one: one.tell_change(CHANGED, ROUND.opened_at),
    "tell_admin": lambda one: one.tell_admin(MAYA, AdminNote.ARCHIVED, INFO, "", JAPANESE),
    "tell_trouble": lambda one: one.tell_trouble(MAYA, TROUBLE, ROUND.channel, JAPANESE),
}


@pytest.mark.parametrize("what", SAY)
def test_a_message_is_in_its_language_with_all_of_its_words(
    slack: DemoServer, client: WebClient, what: str
) -> None:
    SAY[what](SlackMessenger(client, Languages([JAPANESE])))

    posted = [message for channel in slack.workspace.messages.values() for message in channel]
    message = next(message for message in reversed(posted) if message.by_bot)
    texts = [message.text, *texts_in(message.blocks)]
    assert [] == [text for text in texts if re.search("[A-Za-z]{3}", untranslated(text))]


def untranslated(text: str) -> str:
    """What of a text went through no message: without links, commands and the zone."""
    text, before = re.sub(r"<[^\[>]*>|`[^`]*`|Europe/Berlin|config\.yaml", "", text), ""
    while text != before:
        text, before = re.sub(r"\[!!!(?:(?!\[!!!).)*?!!!\]", "", text, flags=re.DOTALL), text
    return text


def texts_in(value: object) -> list[str]:
    """Every text in these blocks."""
    if isinstance(value, dict):
        own = [value["text"]] if isinstance(value.get("text"), str) else []
        return [*own, *(text for part in value.values() for text in texts_in(part))]
    return [text for part in value for text in texts_in(part)] if isinstance(value, list) else []


def test_a_question_without_a_translation_is_asked_in_english_with_english_words(
    slack: DemoServer, client: WebClient
) -> None:
    messenger = SlackMessenger(client, Languages([JAPANESE]))

    messenger.announce(replace(ROUND, language=JAPANESE.code))

    assert "[!!!" not in json.dumps([last(slack).text, last(slack).blocks])
