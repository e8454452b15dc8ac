"""Prompt packs: the one that comes with the bot, packs of one's own, and what is refused."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from bot.config import load_pack, load_packs, pack_notes
from bot.core.model import (
    CoCreateUse,
    Lens,
    PackId,
    PromptId,
    RoundKind,
    RoundPrompt,
    Side,
    Statement,
    StatementId,
)
from bot.core.prompts import preview
from bot.errors import PromptPackError

ROOT = Path(__file__).parents[2]
SHIPPED = load_pack(ROOT / "prompts" / "belonging")

HEAD = "id: mine\ntitle: Mine\n"
DIMENSION = "dimensions:\n  - {key: door, label: Door, side: inclusion, asks: 'In?', anchor: It is open.}\n"
PROMPT = "prompts:\n  - {id: door-01, dimension: door, question: 'How?', items: [Well.]}\n"


def single(folder: Path, text: str) -> Path:
    path = folder / "my-pack.yaml"
    path.write_text(text)
    return path


def test_the_shipped_pack_is_whole() -> None:
    assert (
        len(SHIPPED.prompts),
        sum(len(prompt.statements) for prompt in SHIPPED.prompts),
        len(SHIPPED.dimensions),
        len(SHIPPED.co_create),
    ) == (59, 67, 9, 8)
    assert {6, 7} == set(Counter(prompt.dimension for prompt in SHIPPED.prompts).values())
    assert sum(statement.reversed for prompt in SHIPPED.prompts for statement in prompt.statements) == 10
    assert pack_notes(SHIPPED) == ()


def test_every_idea_of_the_essay_is_asked_about() -> None:
    asked = {idea for prompt in (*SHIPPED.prompts, *SHIPPED.co_create) for idea in prompt.ideas}

    assert {f"E{number}" for number in range(1, 23)} == asked


def test_no_two_questions_or_statements_of_the_shipped_pack_are_the_same() -> None:
    texts = [prompt.question for prompt in SHIPPED.prompts]
    texts += [statement.text for prompt in SHIPPED.prompts for statement in prompt.statements]
    texts += [dimension.anchor.text for dimension in SHIPPED.dimensions]

    assert len(texts) == len({text.casefold() for text in texts})


def test_every_topic_has_five_to_seven_tags_in_a_few_words() -> None:
    for dimension in SHIPPED.dimensions:
        assert 5 <= len(dimension.tags) <= 7
        assert len(dimension.tags) == len({tag.text for tag in dimension.tags})
        assert all(len(tag.text.split()) <= 8 for tag in dimension.tags)


def test_ids_of_statements_anchors_and_tags_are_made_of_their_prompts_and_topics() -> None:
    by_id = {prompt.id: prompt for prompt in SHIPPED.prompts}
    welcome = next(dimension for dimension in SHIPPED.dimensions if dimension.key == "welcome")

    assert [statement.id for statement in by_id["door-06"].statements] == ["door-06-a", "door-06-b"]
    assert welcome.anchor.id == "welcome-anchor"
    assert "welcome-tag-thanks" in {tag.id for tag in welcome.tags}


def test_six_cycles_of_the_shipped_pack_keep_every_rule_of_the_order() -> None:
    every = [*cycles(6)]
    turned = [any(statement.reversed for statement in round_.statements) for round_ in every]
    lens = {prompt.id for prompt in SHIPPED.prompts if prompt.lens is not Lens.ALL}
    asked = [round_ for round_ in every if round_.reflects]
    once_each = [round_ for round_ in asked if round_.dimension not in {"safety", "wellbeing"}]

    assert len(asked) == 6 * 11
    assert len({round_.prompt_id for round_ in once_each}) == len(once_each) == 6 * 7
    assert not any(one and two for one, two in pairwise(turned))
    assert {3, 4} == {
        sum(round_.prompt_id in lens for round_ in every[begin : begin + 12]) for begin in range(0, 72, 12)
    }
    assert asked[0].prompt_id == "welcome-01"


def cycles(many: int) -> list[RoundPrompt]:
    """What is asked in so many cycles in which nothing is proposed, and no summary has named anything."""
    asked: list[RoundPrompt] = []
    for _ in range(12 * many):
        asked.append(preview(SHIPPED, asked))
    return asked


def test_before_anything_is_named_proposals_are_collected_by_what_needs_no_finding() -> None:
    asked = cycles(3)

    collecting = [round_ for round_ in asked if round_.kind is RoundKind.COLLECT]
    assert ["co-07", "co-02", "co-07"] == [round_.prompt_id for round_ in collecting]
    assert [4, 4, 4] == [round_.place for round_ in collecting]


def test_every_step_of_a_change_has_its_question_and_its_reasons() -> None:
    uses = {prompt.id: prompt.use for prompt in SHIPPED.co_create}
    tags = {prompt.use: [tag.id for tag in prompt.tags] for prompt in SHIPPED.co_create if prompt.tags}

    assert [CoCreateUse.COLLECT] * 3 == [uses[PromptId(name)] for name in ("co-01", "co-02", "co-03")]
    assert {
        "co-04": None,
        "co-05": CoCreateUse.DECIDE,
        "co-06": CoCreateUse.CARRY,
        "co-07": CoCreateUse.COLLECT,
        "co-08": CoCreateUse.LOOK_AGAIN,
    }.items() <= uses.items()
    assert {CoCreateUse.LOOK_AGAIN} == set(tags)
    assert all(5 <= len(reasons) <= 7 for reasons in tags.values())


def test_the_partner_of_a_round_stands_on_the_other_side() -> None:
    sides = {dimension.anchor.id: dimension.side for dimension in SHIPPED.dimensions}

    pairs = [{sides[statement.id] for statement in round_.statements[1:]} for round_ in cycles(1)]

    assert pairs.count({Side.INCLUSION, Side.BELONGING}) == 6
    assert pairs.count({Side.GROUND}) == 4
    assert pairs.count({Side.BELONGING}) == 1  # newcomers, without a partner


def test_a_single_file_is_a_pack_too(tmp_path: Path) -> None:
    tags = DIMENSION.replace("open.}", "open., tags: {far: doors far away}}")
    (pack,) = load_packs([single(tmp_path, HEAD + tags + PROMPT)]).values()

    assert (PackId("mine"), "Mine") == (pack.id, pack.title)
    assert (Statement(id=StatementId("door-01-a"), text="Well."),) == pack.prompts[0].statements
    assert [(tag.id, tag.text) for tag in pack.dimensions[0].tags] == [("door-tag-far", "doors far away")]


def test_the_files_of_a_folder_add_up_and_a_file_may_name_the_topic(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "pack.yaml").write_text(HEAD)
    (folder / "dimensions.yml").write_text(DIMENSION)
    (folder / "door.yaml").write_text(
        "dimension: door\nprompts: [{id: a, question: 'Q?', items: [{text: I.}, J.]}]\n"
    )
    (folder / "notes.txt").write_text("not read")
    (folder / ".#door.yaml").write_text("not read")

    assert [one.id for one in load_packs([folder])[PackId("mine")].prompts[0].statements] == ["a-a", "a-b"]


def test_a_folder_of_packs_gives_all_of_them(tmp_path: Path) -> None:
    single(tmp_path, HEAD + DIMENSION + PROMPT)
    (tmp_path / "belonging").symlink_to(ROOT / "prompts" / "belonging")
    (tmp_path / "drafts").mkdir()

    assert {"belonging", "mine"} == set(load_packs([tmp_path]))


def test_two_packs_of_one_id_are_refused(tmp_path: Path) -> None:
    path = single(tmp_path, HEAD + DIMENSION + PROMPT)

    with pytest.raises(PromptPackError, match=r"my-pack\.yaml: there are two packs with the id 'mine'"):
        load_packs([path, path])


def test_a_long_statement_is_noted_and_not_refused(tmp_path: Path) -> None:
    long = PROMPT.replace("Well.", " ".join(["word"] * 17))

    (note,) = pack_notes(load_pack(single(tmp_path, HEAD + DIMENSION + long)))

    assert "Pack mine: the statement door-01-a has 17 words" in note


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (DIMENSION + PROMPT, "my-pack.yaml, id: is missing. Give the pack an id."),
        ("id: mine\n" + DIMENSION + PROMPT, "my-pack.yaml, title: is missing. Give the pack a title."),
        (HEAD + DIMENSION, "my-pack.yaml: the pack has no prompts. Add at least one."),
        ("", "my-pack.yaml: the file is empty."),
        (HEAD.replace("mine", "My Pack") + DIMENSION + PROMPT, "line 1, id: 'My Pack' is no id."),
        (
            HEAD + DIMENSION + PROMPT.replace("How?", ""),
            "my-pack.yaml, line 6, prompts[0].question: is empty. Write a text of at most 400 characters.",
        ),
        (
            HEAD + DIMENSION + PROMPT.replace("How?", "x" * 401),
            "prompts[0].question: has 401 characters. At most 400 fit.",
        ),
        (
            HEAD + DIMENSION + PROMPT.replace("Well.", "x" * 151),
            "prompts[0].items[0].text: has 151 characters.",
        ),
        (
            HEAD + DIMENSION + PROMPT.replace("[Well.]", "[]"),
            "prompts[0].items: has 0 statements. Write one or two.",
        ),
        (HEAD + DIMENSION + PROMPT.replace("[Well.]", "[a, b, c]"), "prompts[0].items: has 3 statements."),
        (HEAD + DIMENSION + PROMPT.replace("[Well.]", "[[a]]"), "prompts[0].items[0]: is to be a section."),
        (
            HEAD + DIMENSION + PROMPT.replace("dimension: door", "dimension: dor"),
            "line 6, prompts[0].dimension: there is no dimension 'dor' in this pack. Did you mean 'door'?",
        ),
        (
            HEAD + DIMENSION + PROMPT.replace("dimension: door", "dimension: zz"),
            "there is no dimension 'zz' in this pack. Known: door.",
        ),
        (HEAD + PROMPT, "there is no dimension 'door' in this pack. Known: none."),
        (
            HEAD + DIMENSION + PROMPT.replace("dimension: door, ", ""),
            "line 6, prompts[0]: names no dimension. Add dimension: to the prompt or the file.",
        ),
        (
            HEAD + DIMENSION + PROMPT + PROMPT.splitlines()[1],
            "line 7, prompts[1].id: the prompt 'door-01' was there before (my-pack.yaml, line 6).",
        ),
        (
            HEAD + DIMENSION + DIMENSION.splitlines()[1] + "\n" + PROMPT,
            "line 5, dimensions[1].key: the dimension 'door' was there before (my-pack.yaml, line 4).",
        ),
        (
            HEAD + DIMENSION + PROMPT + "co_create: [{id: door-01, name: N, question: Q, gives: G}]",
            "co_create[0].id: the prompt 'door-01' was there before",
        ),
        (
            HEAD
            + DIMENSION
            + PROMPT
            + "co_create: [{id: co, name: N, question: 'In {week} weeks?', gives: G}]",
            "co_create[0].question: has an unknown placeholder {week}. Known: ago, dimension, finding, norm,",
        ),
        (
            HEAD + DIMENSION + PROMPT + "co_create: [{id: co, name: N, question: Q, gives: G, use: vote}]",
            "co_create[0].use: 'vote' is not",
        ),
        (
            HEAD + DIMENSION.replace("inclusion", "outside") + PROMPT,
            "dimensions[0].side: 'outside' is not known here. Write inclusion or belonging or ground.",
        ),
        (
            HEAD + DIMENSION.replace("open.}", "open., tags: [a]}") + PROMPT,
            "dimensions[0].tags: is to be a section. Write one line for each tag",
        ),
        (
            HEAD + DIMENSION.replace("open.}", "open., tags: {T A: b}}") + PROMPT,
            "dimensions[0].tags: 'T A' is no id.",
        ),
        (
            HEAD
            + DIMENSION.replace(
                "open.}", "open., tags: {" + ", ".join(f"t{n}: x{n}" for n in range(11)) + "}}"
            )
            + PROMPT,
            "dimensions[0].tags: has 11 tags. At most 10 fit.",
        ),
        (
            HEAD + DIMENSION.replace("open.}", f"open., tags: {{a: {'x' * 76}}}}}") + PROMPT,
            "dimensions[0].tags.a: has 76 characters. At most 75 fit.",
        ),
        (
            HEAD + DIMENSION.replace("open.}", f"open., tags: {{{'k' * 31}: b}}}}") + PROMPT,
            "dimensions[0].tags: the id 'kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk' has 31 characters. At most 30 fit.",
        ),
        (HEAD + DIMENSION + PROMPT.replace("question:", "qestion:"), "Did you mean 'question'?"),
        (
            HEAD + DIMENSION + PROMPT + "accepted: {door-02-a: {idiom: It is meant.}}",
            "accepted.door-02-a: there is no text 'door-02-a' in this pack. Did you mean 'door-01-a'?",
        ),
        (
            HEAD + DIMENSION + PROMPT + "accepted: {door-01-a: {idioms: It is meant.}}",
            "accepted: 'idioms' is no rule. Known: length, double-barrelled,",
        ),
        (
            HEAD + DIMENSION + PROMPT + "accepted: {door-01-a: {idiom: ''}}",
            "accepted: gives no reason for 'idiom' of 'door-01-a'. Say in a few words why it is meant.",
        ),
        (HEAD + DIMENSION + PROMPT + "accepted: {door-01-a: idiom}", "accepted: is to be a section."),
        (
            HEAD + DIMENSION + PROMPT.replace("id: door-01", "id: door-01, lens: far"),
            "prompts[0].lens: 'far' is not",
        ),
    ],
)
def test_what_is_wrong_with_a_pack_is_told_by_file_line_key_and_remedy(
    tmp_path: Path, text: str, sentence: str
) -> None:
    with pytest.raises(PromptPackError) as caught:
        load_packs([single(tmp_path, text)])

    assert sentence in str(caught.value)


def test_a_header_that_stands_in_two_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pack.yaml").write_text(HEAD)
    (tmp_path / "rest.yaml").write_text("title: Yours\n" + DIMENSION + PROMPT)

    with pytest.raises(PromptPackError, match=r"/rest\.yaml, line 1, title: the pack has this already"):
        load_pack(tmp_path)


def test_a_folder_that_is_missing_or_empty_is_told(tmp_path: Path) -> None:
    with pytest.raises(PromptPackError, match="there is no such file or folder"):
        load_packs([tmp_path / "nowhere"])
    with pytest.raises(PromptPackError, match=r"there is no prompt pack in this folder\. Put a folder with"):
        load_packs([tmp_path])


def test_a_pack_that_is_no_utf8_is_told(tmp_path: Path) -> None:
    path = single(tmp_path, "")
    path.write_bytes(HEAD.encode() + b"# \xe4")

    with pytest.raises(PromptPackError, match=r"my-pack\.yaml, line 3: is not UTF-8"):
        load_packs([path])


def test_a_path_that_the_system_refuses_is_told(tmp_path: Path) -> None:
    for load in (load_pack, lambda path: load_packs([path])):
        with pytest.raises(PromptPackError, match=r"cannot be read \(File name too long\)"):
            load(tmp_path / ("x" * 300))


def test_a_pack_in_its_own_language_may_say_how_long_ago_in_one_phrase(tmp_path: Path) -> None:
    step = "co_create: [{id: co, name: N, question: '{ago}: {norm}', gives: G, use: look_again}]"
    path = tmp_path / "mine.yaml"
    path.write_text(HEAD + DIMENSION + PROMPT + step)

    assert "{ago}: {norm}" == load_pack(path).co_create[0].question
