"""Where a workspace uninstalls the bot, who was asked is forgotten at once, and nothing is asked twice."""

from collections.abc import Callable
from contextlib import suppress

import pytest

from bot.core.audiences import KEPT_FOR
from bot.core.model import Round, RoundId
from bot.service.audiences import asked_lately, forget_every_audience
from bot.service.leave_channels import end_rounds, forget_channels
from bot.service.run_due import run_due
from tests.service.services import TEAM, TUESDAY, Fakes, weekly


class Crash(BaseException):
    """The power goes."""


@pytest.fixture
def closed(fakes: Fakes) -> Round:
    """A closed round whose people are marked."""
    fakes.put(weekly())
    fakes.now = TUESDAY
    run_due(fakes.services)
    fakes.now = fakes.rounds()[0].closes_at
    run_due(fakes.services)
    (round_, *_) = fakes.rounds()
    assert fakes.audiences.list_frozen()
    return round_


def rests(fakes: Fakes) -> bool:
    """Whether everything rests for four weeks."""
    with fakes.store.read("test") as tx:
        return tx.fetch_rest_until() == fakes.now + KEPT_FOR


def is_forgotten(fakes: Fakes) -> bool:
    return not fakes.audiences.list_frozen() and not fakes.audience_keys.list_periods()


def test_marks_and_keys_go_and_what_was_asked_counts_as_asked_of_everybody(
    fakes: Fakes, closed: Round
) -> None:
    """The mutant that lets everything rest asks nothing for four weeks after a new installation."""
    end_rounds(fakes.services)
    forget_every_audience(fakes.services)

    assert is_forgotten(fakes)
    assert not rests(fakes)
    with fakes.store.read("test") as tx:
        lately = asked_lately(fakes.services, tx, "UTC", RoundId("another"))
    assert {key for key in lately.of_everybody if closed.prompt.statements[0].id in key}


@pytest.mark.parametrize("call", range(1, 5))
def test_where_a_marked_round_is_not_stored_any_more_everything_rests_also_after_a_crash(
    fakes: Fakes, closed: Round, monkeypatch: pytest.MonkeyPatch, call: int
) -> None:
    """The mutants: nothing rests; or it is noted after the marks are gone, and a crash comes between."""
    forget_channels(fakes.services, [TEAM])
    assert closed.id in fakes.audiences.list_frozen()
    assert not rests(fakes)
    steps: list[str] = []

    with monkeypatch.context() as power, suppress(Crash):
        for port, name in (
            (fakes.store, "transaction"),
            (fakes.audiences, "remove"),
            (fakes.audience_keys, "destroy"),
        ):
            power.setattr(port, name, crashing(getattr(port, name), steps, call))
        forget_every_audience(fakes.services)
    assert len(steps) == call
    forget_every_audience(fakes.services)

    assert is_forgotten(fakes)
    assert rests(fakes)


def crashing(step: Callable[..., object], steps: list[str], number: int) -> Callable[..., object]:
    """Let the power go right before the step of this number."""

    def run(*what: object) -> object:
        steps.append("begun")
        if len(steps) == number:
            raise Crash
        return step(*what)

    return run
