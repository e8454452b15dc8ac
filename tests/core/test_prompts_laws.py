"""Laws of choosing, for packs of any make."""

import itertools
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from bot.core.cycle_plan import LEAST_TOPICS, TOPICS, cycle_of, reflections
from bot.core.model import (
    Dimension,
    DimensionKey,
    Lens,
    PackId,
    Prompt,
    PromptId,
    PromptPack,
    RoundPrompt,
    Side,
    Statement,
    StatementId,
)
from bot.core.prompts import preview

KEYS = (*map(str, TOPICS), "own", "other")


@st.composite
def packs(draw: st.DrawFn, least: int = 1, most: int = len(KEYS)) -> PromptPack:
    """Packs of any topics: few, which come in turn, or so many that the twelve places are kept."""
    keys = draw(st.lists(st.sampled_from(KEYS), min_size=least, max_size=most, unique=True))
    return PromptPack(
        id=PackId("p"),
        title="P",
        dimensions=tuple(
            Dimension(
                key=DimensionKey(key),
                label=key,
                side=Side.GROUND,
                asks="?",
                anchor=Statement(id=StatementId(f"{key}-anchor"), text="A."),
            )
            for key in keys
        ),
        prompts=tuple(
            draw(prompts(key, number)) for key in keys for number in range(draw(st.integers(1, 5)))
        ),
    )


def prompts(key: str, number: int) -> st.SearchStrategy[Prompt]:
    return st.builds(
        lambda lens, turned: Prompt(
            id=PromptId(f"{key}-{number}"),
            dimension=DimensionKey(key),
            question="?",
            statements=tuple(
                Statement(id=StatementId(f"{key}-{number}-{index}"), text="S.", reversed=backwards)
                for index, backwards in enumerate(turned)
            ),
            lens=lens,
        ),
        st.sampled_from([Lens.ALL, Lens.ALL, Lens.ALL, Lens.LEADING, Lens.ARRIVING]),
        st.lists(st.booleans(), min_size=1, max_size=2),
    )


def ask(pack: PromptPack, times: int, before: Sequence[RoundPrompt] = ()) -> list[RoundPrompt]:
    asked = list(before)
    for _ in range(times):
        asked.append(preview(pack, asked))
    return asked


def own(pack: PromptPack, key: str) -> list[PromptId]:
    return [prompt.id for prompt in pack.prompts if prompt.dimension == key]


def turned(asked: RoundPrompt) -> bool:
    return any(statement.reversed for statement in asked.statements)


@given(packs())
def test_no_prompt_comes_twice_before_its_topic_is_spent(pack: PromptPack) -> None:
    asked = ask(pack, 40)

    for key in {dimension.key for dimension in pack.dimensions}:
        ids = [prompt.prompt_id for prompt in asked if prompt.dimension == key]
        size = len(own(pack, key))
        for begin in range(0, len(ids), size):
            one_pass = ids[begin : begin + size]
            assert len(one_pass) == len(set(one_pass))


@given(packs(least=LEAST_TOPICS + 2))
def test_every_topic_comes_in_a_cycle_and_no_place_of_the_twelve_is_dropped(pack: PromptPack) -> None:
    size = len(cycle_of(pack))
    asked = ask(pack, size * 2)

    assert {prompt.dimension for prompt in pack.prompts} == {prompt.dimension for prompt in asked[:size]}
    assert [*range(1, size + 1)] * 2 == [prompt.place for prompt in asked]


@given(packs(most=LEAST_TOPICS - 1))
def test_every_topic_of_a_pack_of_ones_own_comes_once_a_cycle(pack: PromptPack) -> None:
    size = len(reflections(pack))
    asked = ask(pack, size * 2)

    assert {prompt.dimension for prompt in pack.prompts} == {prompt.dimension for prompt in asked[:size]}
    assert [prompt.dimension for prompt in asked[:size]] == [prompt.dimension for prompt in asked[size:]]


@given(packs())
def test_a_round_has_one_to_three_statements_all_different_and_at_most_one_reversed(pack: PromptPack) -> None:
    for asked in ask(pack, 30):
        ids = [statement.id for statement in asked.statements]
        assert 1 <= len(ids) == len(set(ids)) <= 3
        assert sum(statement.reversed for statement in asked.statements) <= 1


@given(packs())
def test_the_statements_of_a_prompt_take_turns(pack: PromptPack) -> None:
    asked = ask(pack, 40)

    for prompt in pack.prompts:
        came = [round_.statements[0].id for round_ in asked if round_.prompt_id == prompt.id]
        expected = [prompt.statements[turn % len(prompt.statements)].id for turn in range(len(came))]
        assert expected == came


@given(packs())
def test_a_reversed_statement_follows_another_only_where_nothing_else_is_left(pack: PromptPack) -> None:
    asked = ask(pack, 40)

    for index in range(1, len(asked)):
        if turned(asked[index - 1]) and turned(asked[index]):
            left = unspent(pack, asked[:index], asked[index].dimension)
            assert all(due(prompt, asked[:index]).reversed for prompt in left)


@given(packs())
def test_a_lens_beyond_the_share_of_a_cycle_comes_only_where_nothing_else_is_left(pack: PromptPack) -> None:
    asked, size = ask(pack, 40), len(cycle_of(pack))
    lens = {prompt.id for prompt in pack.prompts if prompt.lens is not Lens.ALL}

    for index, round_ in enumerate(asked):
        cycle = asked[index - index % size : index]
        had = sum(before.prompt_id in lens for before in cycle)
        if round_.prompt_id in lens and had >= max(1, size // 3):
            left = unspent(pack, asked[:index], round_.dimension)
            plain = [prompt for prompt in left if prompt.id not in lens]
            assert all(due(prompt, asked[:index]).reversed and turned(asked[index - 1]) for prompt in plain)


@given(packs(), packs(), st.integers(0, 20))
def test_any_history_has_a_next_prompt_and_the_same_one_every_time(
    before: PromptPack, pack: PromptPack, rounds: int
) -> None:
    history = ask(before, rounds)

    assert preview(pack, history) == preview(pack, tuple(history))
    assert preview(pack, history).prompt_id in {prompt.id for prompt in pack.prompts}


def unspent(pack: PromptPack, asked: Sequence[RoundPrompt], key: DimensionKey) -> list[Prompt]:
    came = [round_.prompt_id for round_ in asked if round_.dimension == key]
    spent = set(came[len(came) - len(came) % len(own(pack, key)) :])
    return [prompt for prompt in pack.prompts if prompt.dimension == key and prompt.id not in spent]


def due(prompt: Prompt, asked: Sequence[RoundPrompt]) -> Statement:
    return prompt.statements[sum(round_.prompt_id == prompt.id for round_ in asked) % len(prompt.statements)]


@given(packs())
def test_no_anchor_comes_in_two_rounds_running_but_in_a_pack_of_one_topic(pack: PromptPack) -> None:
    asked = ask(pack, 25)
    anchors = [
        {statement.id for statement in one.statements if statement.id.endswith("-anchor")} for one in asked
    ]
    topics = {one.dimension for one in asked}

    if len(topics) > 1:
        assert all(not before & after for before, after in itertools.pairwise(anchors))
