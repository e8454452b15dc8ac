"""The commands around prompts: what can be asked, how it looks, what is wrong with a pack of one's own."""

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from rich.console import Console

from bot.cli.blocks import draw_blocks, styled
from bot.config import load_pack
from bot.core.fingerprint import fingerprint_of
from bot.demo.block_kit import check_blocks, check_view
from bot.errors import PromptPackError
from tests.cli.conftest import Belonging
from tests.cli.program import CONFIG, ROOT
from tests.config.test_packs import DIMENSION, HEAD, PROMPT

PACK_FILES = sorted((ROOT / "prompts" / "belonging").glob("*.yaml"))
SCHEMA = json.loads((ROOT / "prompts" / "pack.schema.json").read_text(encoding="utf-8"))


def said(result: Any) -> str:
    """What was printed, in one line; it went well."""
    assert result.exit_code == 0, result.output
    return " ".join(result.stdout.split())


def refused(result: Any) -> str:
    """What was said on standard error, in one line; nothing was printed."""
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    return " ".join(result.stderr.split())


def test_the_list_names_every_prompt_topic_and_side(belonging: Belonging) -> None:
    printed = said(belonging("prompts", "list"))

    for dimension in load_pack(ROOT / "prompts" / "belonging").dimensions:
        assert f"│ {dimension.key} │ {dimension.side} │" in printed
        assert f"│ {dimension.key}-06 │" in printed
    assert "│ door-06 │ │ 2 │" in printed
    assert "│ co-08 │" in printed


def test_the_list_as_json_holds_what_programs_need(belonging: Belonging) -> None:
    (pack,) = json.loads(belonging("prompts", "list", "--json").stdout)

    assert pack["pack"] == "belonging"
    assert (len(pack["prompts"]), len(pack["topics"]), len(pack["co_create"])) == (59, 9, 8)
    assert pack["prompts"][0].keys() >= {"id", "dimension", "side", "lens", "ideas", "question", "statements"}


def test_the_fingerprint_of_each_pack_is_that_of_what_is_in_use(belonging: Belonging, folder: Path) -> None:
    shipped = fingerprint_of(load_pack(ROOT / "prompts" / "belonging"))
    assert f"belonging: {shipped}" == said(belonging("prompts", "fingerprint"))
    assert {"belonging": shipped} == json.loads(belonging("prompts", "fingerprint", "--json").stdout)

    (folder / "config.yaml").write_text(f"{CONFIG}\nprompts_off: [wellbeing]\n", encoding="utf-8")
    assert shipped not in said(belonging("prompts", "fingerprint"))


def test_what_is_switched_off_is_not_listed(belonging: Belonging, folder: Path) -> None:
    (folder / "config.yaml").write_text(CONFIG + "prompts_off: [door-04]\n", encoding="utf-8")

    assert "door-04" not in said(belonging("prompts", "list"))
    assert "or it is switched off" in refused(belonging("prompts", "show", "door-04"))


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        (
            "door-04",
            ["Getting in", "inclusion", "E11", "decided in talks", "speaks against", "Anchor", "Tags:"],
        ),
        ("door", ["Can people get in", "the same words every time", "being chosen fairly"]),
        ("stake-02", ["take turns", "stake-02-a", "stake-02-b"]),
        ("circle-03", ["lens: leading"]),
        ("co-01", ["Find the habit", "Gives:", "{finding}"]),
    ],
)
def test_one_is_shown_with_all_that_belongs_to_it(belonging: Belonging, name: str, parts: list[str]) -> None:
    printed = " ".join(said(belonging("prompts", "show", name)).replace("│", " ").split())

    assert [] == [part for part in parts if part not in printed]
    assert json.loads(belonging("prompts", "show", name, "--json").stdout)[0]["pack"] == "belonging"


@pytest.mark.parametrize("command", ["show", "preview"])
def test_a_slip_of_the_pen_is_told_with_the_nearest_id(belonging: Belonging, command: str) -> None:
    assert "Did you mean 'door-04'?" in refused(belonging("prompts", command, "dor-04"))
    assert "belonging prompts list" in refused(belonging("prompts", command, "xyzzy"))


def test_the_shipped_pack_is_right_and_what_is_meant_is_said_with_its_reason(belonging: Belonging) -> None:
    assert said(belonging("prompts", "check")) == (
        "✓ belonging: 59 prompts with 67 statements, 9 topics, 8 questions of co-creation "
        "It has statements for 4 rounds in four weeks. Asked more often, some are left out. "
        "· cocreate-04-a double-barrelled, which is meant: The one idea is that both do it together. "
        "Translated: de, es, fr, ja, pt-BR "
        "Nothing to remark on."
    )


@pytest.fixture
def translated(tmp_path: Path) -> Path:
    """A pack of one's own with a translation that lacks a text, has an empty one, and one in English."""
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "pack.yaml").write_text(HEAD + DIMENSION + PROMPT)
    (folder / "fr.yaml").write_text(
        "language: fr\n"
        "title: A moi\n"
        "dimensions: {door: {label: '', asks: Entre-t-on, anchor: It is open.}}\n"
        f"prompts: {{door-01: {{question: 'Comment {{x}}', items: {{a: {'x' * 151}}}}}}}\n"
    )
    return folder


def test_what_is_wrong_with_a_translation_is_an_error_and_named(
    belonging: Belonging, translated: Path
) -> None:
    result = belonging("prompts", "check", str(translated))
    printed = " ".join(result.stdout.split())

    assert 1 == result.exit_code
    for sentence in (
        "fr: 4 of 6 texts need a look; 2 cannot be used, and a form with such a text comes in another",
        "✗ fr door.label is empty.",
        "✗ fr door-anchor has the same words as in the language of the pack.",
        "✗ fr door-01.question holds {x}, and the pack nothing in braces.",
        "✗ fr door-01-a has 151 characters; 150 fit.",
    ):
        assert sentence in printed
    assert "Nothing to remark on" not in printed


def test_what_is_wrong_with_a_translation_is_there_for_programs(
    belonging: Belonging, translated: Path
) -> None:
    result = belonging("prompts", "check", str(translated), "--json")
    (data,) = json.loads(result.stdout)

    assert 1 == result.exit_code
    assert ["en", "fr"] == data["languages"]
    assert {
        ("fr", "door.label", "empty"),
        ("fr", "door-anchor", "not-translated"),
        ("fr", "door-01.question", "placeholders"),
        ("fr", "door-01-a", "too-long"),
    } == {(one["language"], one["place"], one["fault"]) for one in data["translations"]}


def test_the_wording_rules_look_at_english_alone(belonging: Belonging, translated: Path) -> None:
    french = (translated / "fr.yaml").read_text()
    french = french.replace("label: ''", "label: Porte").replace("It is open.", "We are never late and loud.")
    french = french.replace("{x}", "").replace("x" * 151, "Bien.")
    (translated / "fr.yaml").write_text(french)

    assert "Translated: fr Nothing to remark on." in said(belonging("prompts", "check", str(translated)))


def test_the_list_names_the_languages_of_a_pack(belonging: Belonging) -> None:
    assert "Belonging (belonging) · en, de, es, fr, ja, pt-BR" in said(belonging("prompts", "list"))
    (pack,) = json.loads(belonging("prompts", "list", "--json").stdout)
    assert ["en", "de", "es", "fr", "ja", "pt-BR"] == pack["languages"]


def test_a_pack_of_ones_own_is_checked_where_it_lies(belonging: Belonging, tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(HEAD + DIMENSION + PROMPT.replace("Well.", "We are never late and never loud."))

    printed = said(belonging("prompts", "check", str(own)))
    (data,) = json.loads(belonging("prompts", "check", str(own), "--json").stdout)

    assert "mine: 1 prompts with 1 statements, 1 topics" in printed
    assert "It has statements for one round in four weeks." in printed
    assert data["full_rounds"] == 1
    assert "! door-01-a double-barrelled: “and” may join two claims" in printed
    assert ["double-barrelled", "absolute"] == [remark["rule"] for remark in data["remarks"]]


def test_a_remark_of_ones_own_pack_is_accepted_with_a_reason(belonging: Belonging, tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    both = PROMPT.replace("Well.", "Ada and Bo decide.")
    own.write_text(HEAD + DIMENSION + both + "accepted: {door-01-a: {double-barrelled: They are one team.}}")

    printed = said(belonging("prompts", "check", str(own)))
    (data,) = json.loads(belonging("prompts", "check", str(own), "--json").stdout)

    assert "· door-01-a double-barrelled, which is meant: They are one team. Nothing to remark on." in printed
    assert ["They are one team."] == [remark["reason"] for remark in data["remarks"]]


def test_a_pack_without_anything_to_remark_on_says_so(belonging: Belonging, tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(HEAD + DIMENSION + PROMPT)

    assert said(belonging("prompts", "check", str(own))).endswith("Nothing to remark on.")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (DIMENSION.replace("inclusion", "inlusion") + PROMPT, "own.yaml, line 4, dimensions[0].side"),
        (DIMENSION + PROMPT.replace("How?", ""), "own.yaml, line 6, prompts[0].question: is empty"),
        (
            DIMENSION + PROMPT.replace("How?", "x" * 4000),
            "prompts[0].question: has 4000 characters. At most 400",
        ),
        (DIMENSION + PROMPT.replace("door, q", "dor, q"), "no dimension 'dor' in this pack. Did you mean"),
        (DIMENSION + PROMPT + PROMPT.split("\n")[1] + "\n", "the prompt 'door-01' was there before"),
    ],
)
def test_a_pack_that_cannot_be_used_is_told_by_file_line_and_key(
    belonging: Belonging, tmp_path: Path, text: str, sentence: str
) -> None:
    (tmp_path / "own.yaml").write_text(HEAD + text)

    assert sentence in refused(belonging("prompts", "check", str(tmp_path / "own.yaml")))


def test_a_pack_in_another_language_is_not_called_free_of_remarks(
    belonging: Belonging, tmp_path: Path
) -> None:
    own = tmp_path / "own.yaml"
    question = "Welche Gewohnheit schließt hier manche Menschen aus, und wie könnten wir sie ändern?"
    statement = "Wir ändern Gewohnheiten, die jemanden ausschließen, und reden immer darüber."
    own.write_text(HEAD + DIMENSION + PROMPT.replace("How?", question).replace("Well.", f'"{statement}"'))

    printed = said(belonging("prompts", "check", str(own)))
    (data,) = json.loads(belonging("prompts", "check", str(own), "--json").stdout)

    assert "The texts seem not to be in English." in printed
    assert "Nothing to remark on" not in printed
    assert (False, []) == (data["english"], data["remarks"])


def test_a_statement_in_the_words_of_its_anchor_is_told_in_the_pace_too(
    belonging: Belonging, tmp_path: Path
) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(HEAD + DIMENSION + PROMPT.replace("Well.", "It is open."))

    printed = said(belonging("prompts", "check", str(own)))

    assert "One of its rounds would ask a statement that has the words of its anchor." in printed
    assert "! door-01-a same-words: has the words of door-anchor" in printed


def test_a_pack_that_is_not_utf_8_is_told(belonging: Belonging, tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_bytes((HEAD + DIMENSION).encode() + b"# caf\xe9\n")

    assert "own.yaml, line 5: is not UTF-8. Save the file" in refused(
        belonging("prompts", "check", str(tmp_path / "own.yaml"))
    )


def test_the_preview_draws_the_message_and_the_form(belonging: Belonging) -> None:
    printed = said(belonging("prompts", "preview", "door-06"))

    for part in (
        "In the channel",
        "🌱 Getting in",
        "[ Reply without your name ]",
        "Without your name",
        "No name is kept",
        "Not said",
        "Yes, and it may be quoted without my name",
        "getting help with an opportunity",
        "[ Send ]",
    ):
        assert part in printed


@pytest.mark.parametrize("name", ["door-06", "safety-05", "wellbeing"])
def test_the_preview_as_json_is_what_slack_takes(belonging: Belonging, name: str) -> None:
    sent = json.loads(belonging("prompts", "preview", name, "--json").stdout)

    assert [] == check_blocks(sent["message"]["blocks"], "message")
    assert [] == check_view(sent["view"], "modal")
    assert "A question for this channel" in sent["message"]["text"]


def test_a_question_of_co_creation_has_no_preview_yet(belonging: Belonging) -> None:
    assert "belonging prompts show co-01" in refused(belonging("prompts", "preview", "co-01"))


def test_slacks_markup_is_drawn_as_it_reads() -> None:
    drawn = styled("*bold* _leaning_ `code` <https://a.org|a page> <!date^1^{date}|Monday> 1 &lt; 2 a_b_c")

    assert drawn.plain == "bold leaning code a page Monday 1 < 2 a_b_c"
    assert {"bold", "italic", "cyan", "blue"} <= {str(span.style) for span in drawn.spans}


def test_hostile_text_is_drawn_as_text() -> None:
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(draw_blocks([{"type": "header", "text": {"type": "plain_text", "text": "[red]x[/red]"}}]))

    assert "[red]x[/red]" in console.export_text()


def test_the_schema_in_the_project_is_the_one_that_is_printed(belonging: Belonging) -> None:
    assert json.loads(belonging("prompts", "schema").stdout) == SCHEMA


@pytest.mark.parametrize("path", PACK_FILES, ids=lambda path: path.name)
def test_our_own_pack_fits_the_schema(path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)

    jsonschema.Draft202012Validator(SCHEMA).validate(yaml.safe_load(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "text",
    [
        HEAD + DIMENSION + PROMPT,
        HEAD + DIMENSION.replace("inclusion", "outside") + PROMPT,
        HEAD + DIMENSION + PROMPT.replace("[Well.]", "[]"),
        HEAD + DIMENSION + PROMPT.replace("[Well.]", "[A., B., C.]"),
        HEAD + DIMENSION + PROMPT.replace("[Well.]", "[{text: A., reversed: true}, B.]"),
        HEAD + DIMENSION + PROMPT.replace("question", "qestion"),
        HEAD + DIMENSION + PROMPT.replace("'How?'", f"'{'x' * 401}'"),
        HEAD + DIMENSION + PROMPT.replace("door-01", "Door 1"),
        HEAD + DIMENSION.replace("open.}", "open., tags: {a: b}}") + PROMPT,
        HEAD + DIMENSION.replace("open.}", "open., tags: {A B: b}}") + PROMPT,
        HEAD + "version: 1\n" + DIMENSION + PROMPT,
        HEAD + DIMENSION + PROMPT + "accepted: {door-01-a: {idiom: It is meant.}}",
        HEAD + DIMENSION + PROMPT + "accepted: {door-01-a: {idioms: It is meant.}}",
        HEAD + DIMENSION + PROMPT + "accepted: {door-01-a: idiom}",
        HEAD + DIMENSION + PROMPT + f"accepted: {{door-01-a: {{idiom: {'x' * 151}}}}}",
        HEAD + "language: pt-BR\nnote: All count.\n" + DIMENSION + PROMPT,
        HEAD + "language: brazilian\n" + DIMENSION + PROMPT,
    ],
)
def test_the_schema_and_the_loader_agree(tmp_path: Path, text: str) -> None:
    (tmp_path / "own.yaml").write_text(text)
    try:
        load_pack(tmp_path / "own.yaml")
        loads = True
    except PromptPackError:
        loads = False

    assert loads == jsonschema.Draft202012Validator(SCHEMA).is_valid(yaml.safe_load(text))


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("language: de\nprompts: {door-01: {question: Wie, items: {a: Gut.}}}\n", True),
        ("language: de\ndimensions: {door: {label: , tags: {}}}\n", True),
        ("language: de\nprompts: [{id: door-01}]\n", False),
        ("language: de\nprompts: {door-01: {qestion: Wie}}\n", False),
        ("language: deutsch\n", False),
    ],
)
def test_the_schema_and_the_loader_agree_on_translations(tmp_path: Path, *, text: str, fits: bool) -> None:
    (tmp_path / "pack.yaml").write_text(HEAD + DIMENSION + PROMPT)
    (tmp_path / "de.yaml").write_text(text)
    try:
        loads = bool(load_pack(tmp_path))
    except PromptPackError:
        loads = False

    assert fits is loads
    assert fits is jsonschema.Draft202012Validator(SCHEMA).is_valid(yaml.safe_load(text))
