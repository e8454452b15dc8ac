"""Whatever is not as agreed is named, and what is deleted soon is counted."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.core.agreement import Agreement, Terms, differences
from bot.core.check_rules import Level, has_errors
from bot.core.check_terms import judge_agreement, judge_retention

AGREED = Terms(
    threshold=8,
    quotes=None,
    packs={"belonging"},
    prompts_off={"wellbeing"},
    months=24,
    operator="Ada Example",
)
SIGNED = Agreement(signed_on=date(2026, 12, 1), terms=AGREED)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"threshold": 5}, "threshold: 8 replies was agreed, and config.yaml says 5 replies."),
        ({"threshold": 9}, "threshold: 8 replies was agreed, and config.yaml says 9 replies."),
        (
            {"quotes": (10, 3)},
            "quotes: off was agreed, and config.yaml says from 10 replies and 3 writers on.",
        ),
        (
            {"packs": {"belonging", "own"}},
            "packs: belonging was agreed, and config.yaml says belonging, own.",
        ),
        ({"prompts_off": set()}, "prompts_off: wellbeing was agreed, and config.yaml says none."),
        ({"months": None}, "retention: 24 months was agreed, and config.yaml says for ever."),
        ({"operator": ""}, "operator: “Ada Example” was agreed, and config.yaml says nobody."),
    ],
)
def test_each_setting_that_is_not_as_agreed_is_an_error_in_one_sentence(
    changes: dict[str, object], sentence: str
) -> None:
    found = tuple(judge_agreement(SIGNED, replace(AGREED, **changes)))  # type: ignore[arg-type]

    assert [sentence] == [one.what for one in found]
    assert has_errors(found)


MORE = replace(
    AGREED,
    fingerprints={"belonging": "a" * 64},
    channels={"C1TEAM"},
    admins={"U1ADA", "U2BO"},
    creators=False,
    tenure=False,
    min_open=timedelta(hours=24),
)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"fingerprints": {"belonging": "b" * 64}},
            (
                "fingerprints: the words of the pack belonging are not those that were agreed: "
                f"its fingerprint is {'b' * 64}."
            ),
        ),
        (
            {"channels": {"C1TEAM", "C2OPS"}},
            "channels: C1TEAM was agreed, and the schedules say C1TEAM, C2OPS.",
        ),
        ({"channels": frozenset()}, "channels: C1TEAM was agreed, and the schedules say none."),
        ({"admins": {"U1ADA"}}, "admins: U1ADA, U2BO was agreed, and config.yaml says U1ADA."),
        ({"creators": True}, "channel_creators: false was agreed, and config.yaml says true."),
        ({"tenure": True}, "tenure: false was agreed, and the schedules say true."),
        ({"min_open": timedelta(minutes=90)}, "min_open: 24h was agreed, and config.yaml says 90m."),
    ],
)
def test_what_may_be_agreed_besides_is_compared_where_it_was_agreed(
    changes: dict[str, object], sentence: str
) -> None:
    actual = replace(MORE, **changes)  # type: ignore[arg-type]

    assert (sentence,) == tuple(one.sentence for one in differences(MORE, actual))
    assert () == differences(AGREED, actual)


def test_a_program_that_does_not_know_the_schedules_does_not_compare_them() -> None:
    assert () == differences(MORE, replace(MORE, channels=None, tenure=None))


def test_each_pack_whose_words_have_changed_is_named() -> None:
    agreed = replace(MORE, fingerprints={"one": "a" * 64, "two": "a" * 64, "three": "a" * 64})
    actual = replace(MORE, fingerprints={"one": "b" * 64, "two": "a" * 64, "three": "c" * 64})

    assert ["the words of one", "the words of three"] == [one.name for one in differences(agreed, actual)]


def test_several_differences_are_all_named() -> None:
    actual = replace(AGREED, threshold=5, months=120)

    assert ["threshold", "retention"] == [one.name for one in differences(AGREED, actual)]


def test_settings_as_agreed_are_well() -> None:
    (found,) = judge_agreement(SIGNED, AGREED)

    assert Level.OK is found.level
    assert "2026-12-01" in found.what


@pytest.mark.parametrize(
    ("months", "rounds", "norms", "level", "said"),
    [
        (24, 0, 0, Level.OK, "go after 24 months; what is tried or kept stays"),
        (24, 3, 1, Level.REMARK, "(3), and proposals and norms (1), are from before 2024-11-24"),
        (None, 0, 0, Level.REMARK, "kept for ever"),
    ],
)
def test_what_the_next_start_deletes_is_told_before(
    months: int | None, rounds: int, norms: int, level: Level, said: str
) -> None:
    cutoff = datetime(2024, 11, 24, tzinfo=UTC) if months else None

    found = judge_retention(months, cutoff, rounds, norms)

    assert level is found.level
    assert said in found.what
