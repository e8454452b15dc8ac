"""The preview that is shown last is the newest one, however the changes come in."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.transport.latest_preview import KEPT, Previews
from tests.fakes.loops import run_alone


def says(shown: list[object], what: object) -> Callable[[], Awaitable[object]]:
    async def say() -> None:
        shown.append(what)

    return say


@given(st.permutations(range(6)))
def test_of_changes_that_are_all_noted_only_the_newest_is_shown(order: list[int]) -> None:
    async def story() -> list[object]:
        previews, shown = Previews(), list[object]()
        for changed_at in order:
            previews.note("V1", changed_at)
        for changed_at in order:
            await previews.show("V1", changed_at, says(shown, changed_at))
        return shown

    assert run_alone(story()) == [5]


@given(st.permutations(range(6)))
def test_what_is_shown_never_goes_back(order: list[int]) -> None:
    async def story() -> list[object]:
        previews, shown = Previews(), list[object]()
        for changed_at in order:
            previews.note("V1", changed_at)
            await previews.show("V1", changed_at, says(shown, changed_at))
        return shown

    shown = run_alone(story())
    assert shown == sorted(shown)  # type: ignore[type-var]
    assert shown[-1] == 5


def test_forms_do_not_wait_for_each_other() -> None:
    async def story() -> list[object]:
        previews, shown = Previews(), list[object]()
        previews.note("V1", 9)
        await previews.show("V2", 1, says(shown, "V2"))
        return shown

    assert run_alone(story()) == ["V2"]


def test_nothing_is_shown_in_place_of_a_form_that_is_saved() -> None:
    async def story() -> list[object]:
        previews, shown = Previews(), list[object]()
        previews.note("V1", 1)
        await previews.end("V1")
        await previews.show("V1", 1, says(shown, 1))
        return shown

    assert run_alone(story()) == []


@pytest.mark.parametrize("wait", [Previews.end, Previews.settle])
def test_what_comes_after_a_preview_waits_for_the_one_that_is_under_way(
    wait: Callable[[Previews, str], Awaitable[None]],
) -> None:
    async def story() -> list[object]:
        previews, shown, begun, go_on = Previews(), list[object](), asyncio.Event(), asyncio.Event()

        async def slow() -> None:
            begun.set()
            await go_on.wait()
            shown.append("preview")

        async def answer() -> None:
            await wait(previews, "V1")
            shown.append("answer")

        showing = asyncio.ensure_future(previews.show("V1", 1, slow))
        await begun.wait()
        answering = asyncio.ensure_future(answer())
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.gather(showing, answering)
        return shown

    assert run_alone(story()) == ["preview", "answer"]


def test_after_an_error_only_later_changes_are_shown() -> None:
    async def story() -> list[object]:
        previews, shown = Previews(), list[object]()
        previews.note("V1", 1700000000.25)
        await previews.settle("V1")
        for changed_at in (1700000000.25, 1700000000.251):
            previews.note("V1", changed_at)
            await previews.show("V1", changed_at, says(shown, changed_at))
        return shown

    assert run_alone(story()) == [1700000000.251]


def test_old_forms_are_forgotten() -> None:
    previews = Previews()

    for number in range(2 * KEPT):
        previews.note(f"V{number}", number)

    assert len(previews._forms) == KEPT
