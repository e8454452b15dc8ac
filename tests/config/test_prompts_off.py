"""prompts_off: what is switched off is not asked, and a slip of the pen is told."""

from pathlib import Path

import pytest

from bot.config import load_config
from bot.core.co_creation import gather
from bot.core.model import PackId, PromptPack, RoundKind, RoundPrompt
from bot.core.prompts import preview
from bot.errors import ConfigError

ROOT = Path(__file__).parents[2]


def pack(folder: Path, off: str) -> PromptPack:
    path = folder / "config.yaml"
    path.write_text(f"prompts: ['{ROOT / 'prompts'}']\nprompts_off: {off}\n")
    return load_config(path, {}).settings.packs[PackId("belonging")]


def cycles(pack: PromptPack, rounds: int) -> list[RoundPrompt]:
    asked: list[RoundPrompt] = []
    for _ in range(rounds):
        asked.append(preview(pack, asked))
    return asked


def test_a_prompt_that_is_off_is_never_asked(tmp_path: Path) -> None:
    asked = cycles(pack(tmp_path, "[door-04, co-07]"), 9 * 12)

    assert "door-04" not in {prompt.prompt_id for prompt in asked}
    assert {f"door-0{number}" for number in (1, 2, 3, 5, 6)} <= {prompt.prompt_id for prompt in asked}
    assert "co-07" not in {one.id for one in pack(tmp_path, "[co-07]").co_create}


def test_a_topic_that_is_off_is_not_asked_beside_another_either(tmp_path: Path) -> None:
    asked = cycles(pack(tmp_path, "[welcome]"), 8 * 7)

    assert "welcome" not in {prompt.dimension for prompt in asked}
    assert "welcome-anchor" not in {statement.id for prompt in asked for statement in prompt.statements}


def test_what_the_docs_name_to_switch_proposals_off_is_enough(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    off = page.partition("## Without proposals")[2].partition("prompts_off: ")[2].partition("`")[0]
    without = pack(tmp_path, off)

    assert gather(without) is None, "a box would be opened"
    assert not {RoundKind.COLLECT, RoundKind.CHOOSE} & {one.kind for one in cycles(without, 9 * 12)}
    assert RoundKind.COLLECT in {one.kind for one in cycles(pack(tmp_path, "[]"), 12)}


@pytest.mark.parametrize("off", ["[]", ""])
def test_nothing_is_off_by_default(tmp_path: Path, off: str) -> None:
    assert len(pack(tmp_path, off).prompts) == 59


@pytest.mark.parametrize(
    ("off", "sentence"),
    [
        (
            "[door-44]",
            "line 2, prompts_off[0]: no pack has a prompt or topic 'door-44'. Did you mean 'door-04'?",
        ),
        ("[welcom]", "no pack has a prompt or topic 'welcom'. Did you mean 'welcome'?"),
        (
            "[xyzzy]",
            "prompts_off[0]: no pack has a prompt or topic 'xyzzy'. See them all: belonging prompts list",
        ),
        (
            "[door, welcome, circle, cocreate, stake, norms, newcomers, safety, wellbeing]",
            "line 2, prompts_off: the pack 'belonging' has no prompt left. Leave one",
        ),
        ("door-04", "prompts_off: is to be a list"),
    ],
)
def test_what_cannot_be_switched_off_is_told(tmp_path: Path, off: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as refused:
        pack(tmp_path, off)

    assert sentence in str(refused.value)
