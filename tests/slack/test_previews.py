"""The preview that is shown last is the newest one, however the changes come in."""

from threading import Event, Thread

from hypothesis import given
from hypothesis import strategies as st

from bot.slack.previews import KEPT, Previews


@given(st.permutations(range(6)))
def test_of_changes_that_are_all_noted_only_the_newest_is_shown(order: list[int]) -> None:
    previews, shown = Previews(), []
    for changed_at in order:
        previews.note("V1", changed_at)

    for changed_at in order:
        previews.show("V1", changed_at, lambda at=changed_at: shown.append(at))

    assert shown == [5]


@given(st.permutations(range(6)))
def test_what_is_shown_never_goes_back(order: list[int]) -> None:
    previews, shown = Previews(), []

    for changed_at in order:
        previews.note("V1", changed_at)
        previews.show("V1", changed_at, lambda at=changed_at: shown.append(at))

    assert shown == sorted(shown)
    assert shown[-1] == 5


def test_forms_do_not_wait_for_each_other() -> None:
    previews, shown = Previews(), []
    previews.note("V1", 9)

    previews.show("V2", 1, lambda: shown.append("V2"))

    assert shown == ["V2"]


def test_nothing_is_shown_in_place_of_a_form_that_is_saved() -> None:
    previews, shown = Previews(), []
    previews.note("V1", 1)

    previews.end("V1")
    previews.show("V1", 1, lambda: shown.append(1))

    assert shown == []


def test_saving_waits_for_the_preview_that_is_under_way() -> None:
    previews, shown = Previews(), []
    begun, go_on = Event(), Event()

    def slow() -> None:
        begun.set()
        go_on.wait(5)
        shown.append("preview")

    def save() -> None:
        previews.end("V1")
        shown.append("saved")

    threads = [Thread(target=previews.show, args=("V1", 1, slow)), Thread(target=save)]
    threads[0].start()
    assert begun.wait(5)
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join(5)

    assert shown == ["preview", "saved"]


def test_old_forms_are_forgotten() -> None:
    previews = Previews()

    for number in range(2 * KEPT):
        previews.note(f"V{number}", number)

    assert len(previews._forms) == KEPT
