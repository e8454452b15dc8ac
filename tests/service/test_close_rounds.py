"""Flow (e): a round ends. First nothing private is left, then something is said."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.model import Round, RoundState
from bot.core.release import Published, Release, Withheld
from bot.core.replies import Draft
from bot.errors import BotError, SlackError, StoreError
from bot.ports import ChannelNote, SealedReply, Services, Submission
from bot.service import replies
from bot.service.close_rounds import cancel_round, close_round, end_as_key_lost
from bot.service.recovery import recover
from bot.service.replies import Refusal, ReplyOutcome
from bot.service.run_due import run_due
from tests.fakes.directory import members_called, people
from tests.replying import accept_reply, open_reply
from tests.service.services import TEAM, TUESDAY, Fakes

LATER = timedelta(days=3)


class Crash(BaseException):
    """The program ends here."""


def crash(*_: Any, **__: Any) -> Any:
    raise Crash


def _revoked(*_: object) -> None:
    raise SlackError("token_revoked")


def close(fakes: Fakes) -> Round:
    fakes.now += LATER
    run_due(fakes.services)
    return fakes.rounds()[-1]


def result(fakes: Fakes, round_: Round) -> Release | None:
    with fakes.store.transaction("test") as tx:
        return tx.fetch_release(round_.id)


def test_a_round_closes_at_its_time_and_the_channel_gets_the_stored_result(
    fakes: Fakes, opened: Round
) -> None:
    fakes.reply(opened, people(6))

    closed = close(fakes)

    assert closed.state is RoundState.CLOSED
    assert ("post_summary", opened.id, result(fakes, opened)) in fakes.messenger.said
    assert closed.summary is not None
    assert fakes.is_clean()


@pytest.mark.parametrize("count", range(5))
def test_under_the_threshold_nothing_is_kept_not_even_the_number(
    fakes: Fakes, opened: Round, count: int
) -> None:
    fakes.reply(opened, people(count))

    close(fakes)

    assert result(fakes, opened) == Withheld(round_id=opened.id)


def test_when_something_is_said_everything_private_is_gone(
    fakes: Fakes, opened: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    fakes.reply(opened, people(6))
    clean: list[bool] = []
    say = fakes.messenger._say

    def look_and_say(verb: str, round_: Round, what: object) -> None:
        clean.append(fakes.is_clean())
        say(verb, round_, what)

    monkeypatch.setattr(fakes.messenger.__class__, "_say", lambda _, *what: look_and_say(*what))
    close(fakes)

    assert clean == [True, True]


def test_the_button_goes_before_the_summary_comes(fakes: Fakes, opened: Round) -> None:
    close(fakes)

    assert fakes.messenger.verbs(opened.id) == ["announce", "retire", "post_summary"]


def test_while_slack_is_away_the_summary_waits_and_comes_once(fakes: Fakes, opened: Round) -> None:
    for verb in ("retire", "post_summary"):
        fakes.messenger.fail = {verb: "internal_error"}
        close(fakes)
        assert "post_summary" not in fakes.messenger.verbs()

    fakes.messenger.fail = {}
    run_due(fakes.services)
    run_due(fakes.services)

    assert fakes.messenger.verbs(opened.id).count("post_summary") == 1
    assert fakes.round(opened.id).summary is not None


def test_an_announcement_that_somebody_deleted_does_not_hold_the_summary_up(
    fakes: Fakes, opened: Round
) -> None:
    fakes.messenger.fail = {"retire": "message_not_found"}

    close(fakes)

    assert fakes.messenger.verbs(opened.id) == ["announce", "post_summary"]


def test_a_summary_that_is_posted_but_not_recorded_is_posted_again_with_the_same_numbers(
    fakes: Fakes, opened: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    fakes.reply(opened, people(6))
    post = fakes.messenger.post_summary

    def post_then_crash(*what: Any) -> None:
        post(*what)
        raise Crash

    with monkeypatch.context() as broken:
        broken.setattr(fakes.messenger.__class__, "post_summary", lambda _, *what: post_then_crash(*what))
        with pytest.raises(Crash):
            close(fakes)

    recover(fakes.services)
    run_due(fakes.services)

    said = [what for verb, _, what in fakes.messenger.said if verb == "post_summary"]
    assert len(said) == 2
    assert said[0] == said[1]


STEPS: list[tuple[str, Callable[[Fakes], object], str]] = [
    ("reading the ballots", lambda fakes: fakes.boxes, "list_replies"),
    ("opening the replies", lambda fakes: fakes.vault, "unseal"),
    ("destroying the key", lambda fakes: fakes.vault, "destroy"),
    ("destroying the ballots", lambda fakes: fakes.boxes, "destroy"),
    ("taking the button off", lambda fakes: fakes.messenger, "retire"),
    ("posting", lambda fakes: fakes.messenger, "post_summary"),
]


@pytest.mark.parametrize(("at", "who", "method"), STEPS, ids=[step[0] for step in STEPS])
def test_a_crash_at_any_step_is_carried_on_at_the_next_start(
    fakes: Fakes,
    opened: Round,
    monkeypatch: pytest.MonkeyPatch,
    at: str,
    who: Callable[[Fakes], object],
    method: str,
) -> None:
    fakes.reply(opened, people(6))
    with monkeypatch.context() as broken:
        broken.setattr(type(who(fakes)), method, crash)
        with pytest.raises(Crash):
            close(fakes)

    recover(fakes.services)
    run_due(fakes.services)

    closed = fakes.round(opened.id)
    assert closed.state is RoundState.CLOSED
    assert closed.summary is not None
    released = result(fakes, opened)
    assert isinstance(released, Published)
    assert released.replies == 6
    assert fakes.messenger.verbs(opened.id).count("post_summary") == 1
    assert fakes.is_clean()


def test_once_a_round_is_closing_no_reply_is_taken_although_the_clock_goes_back(
    fakes: Fakes, opened: Round
) -> None:
    fakes.messenger.fail = {"post_summary": "internal_error"}
    close(fakes)
    fakes.now -= LATER

    assert open_reply(fakes.services, opened.id, min(people(1))).refusal is Refusal.CLOSED


def test_what_is_no_reply_of_ours_is_left_out_and_the_rest_is_counted(
    fakes: Fakes, opened: Round, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever can write to the ballot file can seal anything to the public key."""
    fakes.reply(opened, people(6))
    forged = fakes.vault.seal(opened.closing_key, opened.id, b"x" * 16, b"not a reply at all")
    fakes.boxes.boxes[opened.id].replies[b"x" * 16] = forged.sealed

    close(fakes)

    released = result(fakes, opened)
    assert isinstance(released, Published)
    assert released.replies == 6
    assert "not_a_reply" in {getattr(record, "code", None) for record in caplog.records}


def test_a_damaged_reply_is_left_out(fakes: Fakes, opened: Round) -> None:
    fakes.reply(opened, people(6))
    box = fakes.boxes.boxes[opened.id].replies
    box[min(box)] = b"damaged"

    close(fakes)

    released = result(fakes, opened)
    assert isinstance(released, Published)
    assert released.replies == 5


def test_a_key_that_is_lost_ends_the_round_with_a_word_to_the_channel(fakes: Fakes, opened: Round) -> None:
    fakes.reply(opened, people(6))
    del fakes.vault.keys[opened.id]["close"]

    ended = close(fakes)

    assert ended.state is RoundState.KEY_LOST
    assert fakes.messenger.said[-1] == ("tell", opened.id, ChannelNote.KEY_LOST)
    assert result(fakes, opened) is None
    assert fakes.is_clean()


def test_a_lost_key_is_told_once(fakes: Fakes, opened: Round) -> None:
    end_as_key_lost(fakes.services, opened)
    end_as_key_lost(fakes.services, opened)

    assert fakes.messenger.verbs().count("tell") == 1


def test_the_key_of_a_closed_round_is_not_lost_but_destroyed(fakes: Fakes, opened: Round) -> None:
    fakes.reply(opened, people(6))
    closed = close(fakes)

    assert end_as_key_lost(fakes.services, opened) == closed
    assert fakes.round(opened.id) == closed


def test_cancelling_destroys_everything_and_publishes_nothing(fakes: Fakes, opened: Round) -> None:
    fakes.reply(opened, people(6))

    cancel_round(fakes.services, opened)

    assert fakes.is_clean()
    assert result(fakes, opened) is None
    assert fakes.messenger.verbs() == ["announce", "retire", "tell"]
    fakes.now += LATER
    run_due(fakes.services)
    assert "post_summary" not in fakes.messenger.verbs()


def test_a_closed_round_cannot_be_cancelled(fakes: Fakes, opened: Round) -> None:
    closed = close(fakes)

    with pytest.raises(ValueError, match="closed"):
        cancel_round(fakes.services, closed)


@pytest.mark.parametrize("end", [cancel_round, end_as_key_lost])
@pytest.mark.parametrize("reason", ["message_not_found", "internal_error"])
def test_a_button_that_cannot_be_taken_off_does_not_keep_the_channel_from_being_told(
    fakes: Fakes, opened: Round, end: Callable[[Services, Round], Round], reason: str
) -> None:
    fakes.messenger.fail = {"retire": reason}

    end(fakes.services, opened)

    assert fakes.messenger.verbs()[-1] == "tell"
    assert fakes.is_clean()


@pytest.mark.parametrize("end", [cancel_round, end_as_key_lost])
def test_a_channel_that_cannot_be_told_keeps_nothing_from_being_destroyed(
    fakes: Fakes, opened: Round, end: Callable[[Services, Round], Round]
) -> None:
    fakes.messenger.fail = {"retire": "internal_error", "tell": "internal_error"}

    end(fakes.services, opened)

    assert fakes.is_clean()


def test_a_result_that_is_gone_is_told_to_the_operator(fakes: Fakes, opened: Round) -> None:
    fakes.messenger.fail = {"post_summary": "internal_error"}
    closed = close(fakes)
    fakes.store.tables.releases.clear()

    with pytest.raises(BotError, match="has no result"):
        close_round(fakes.services, closed)


def test_a_result_that_cannot_be_stored_leaves_the_key_and_the_replies(fakes: Fakes, opened: Round) -> None:
    fakes.reply(opened, people(6))
    closing = replace(opened, state=RoundState.CLOSING)
    with fakes.store.transaction("test") as tx:
        tx.update_round(closing)
    fakes.store.fail = True

    with pytest.raises(StoreError):
        close_round(fakes.services, closing)

    assert fakes.vault.is_whole(opened.id)
    assert len(fakes.boxes.list_replies(opened.id)) == 6


def test_while_slack_cannot_name_the_people_nothing_is_released(fakes: Fakes, opened: Round) -> None:
    """Their names are to be taken out of the quotes; without them no quote may go out."""
    fakes.reply(opened, people(6))
    fakes.directory.down = True

    closing = close(fakes)

    assert closing.state is RoundState.CLOSING
    assert result(fakes, opened) is None
    fakes.directory.down = False
    run_due(fakes.services)
    assert fakes.round(opened.id).state is RoundState.CLOSED


def test_a_round_of_a_channel_that_is_gone_still_ends_and_quotes_nobody(
    fakes: Fakes, twelve: None, opened: Round
) -> None:
    fakes.reply(opened, people(12), text="Ingrid Solberg made time for me on my first day.", quotable=True)
    del fakes.directory.members[TEAM]
    fakes.messenger.fail = {"retire": "not_in_channel", "post_summary": "not_in_channel"}

    close(fakes)

    assert fakes.round(opened.id).state is RoundState.CLOSED
    assert fakes.is_clean()
    released = result(fakes, opened)
    assert isinstance(released, Published)
    assert (released.replies, released.quotes) == (12, ())


def test_where_slack_does_not_say_who_somebody_is_nobody_is_quoted(fakes: Fakes) -> None:
    fakes.directory.members[TEAM] = people(12)
    fakes.now = TUESDAY
    run_due(fakes.services)
    (opened,) = fakes.rounds()
    fakes.reply(opened, people(12), text="Casper made time for me on my first day.", quotable=True)
    fakes.directory.unknown = set(members_called(["U12"]))

    close(fakes)

    released = result(fakes, opened)
    assert isinstance(released, Published)
    assert (released.replies, released.quotes) == (12, ())


def test_a_token_that_was_revoked_costs_no_quote(
    fakes: Fakes, opened: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The channel may still be there: the round waits for the operator."""
    with monkeypatch.context() as broken:
        broken.setattr(fakes.directory.__class__, "names", _revoked)
        assert close(fakes).state is RoundState.CLOSING

    run_due(fakes.services)
    assert fakes.round(opened.id).state is RoundState.CLOSED


def test_a_refused_summary_is_told_to_whoever_closes(fakes: Fakes, opened: Round) -> None:
    fakes.messenger.fail = {"post_summary": "is_archived"}
    fakes.now += LATER

    with pytest.raises(SlackError):
        close_round(fakes.services, opened)


def test_replies_sent_after_the_box_is_shut_are_refused(fakes: Fakes, opened: Round) -> None:
    fakes.boxes.shut(opened.id)
    member = min(people(1))
    opening = open_reply(fakes.services, opened.id, member)
    assert opening.receipt
    token = fakes.vault.token(opened.id, member)

    assert (
        fakes.boxes.submit(opened.id, token, SealedReply(id=b"y" * 16, sealed=b"z")).result()
        is Submission.CLOSED
    )
    draft = Draft(answers={}, text="too late")
    outcome = accept_reply(fakes.services, opened.id, member, draft, opening.receipt)
    assert outcome is ReplyOutcome.CLOSED


def test_a_reply_to_a_round_that_has_closed_since_it_was_read_is_refused(fakes: Fakes, opened: Round) -> None:
    member = min(people(1))
    receipt = open_reply(fakes.services, opened.id, member).receipt
    assert receipt
    fakes.now += LATER
    run_due(fakes.services)
    fakes.now -= LATER  # so that only the keys and the box tell that it has closed

    outcome = replies.accept_reply(fakes.services, opened, member, Draft(answers={}, text="x"), receipt)

    assert outcome is Refusal.CLOSED
    assert fakes.is_clean()
