"""Whatever stands in a file, the answer is a config or a sentence, never a traceback."""

from pathlib import Path

import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bot.config import Config, load_config, load_packs
from bot.config.pack_schema import PackFile
from bot.config.schema import ConfigFile, DefaultsSection, PolicySection, ScheduleSection, SlackSection
from bot.errors import BotError, PromptPackError

ROOT = Path(__file__).parents[2]
KEYS = sorted(
    {
        key
        for model in (ConfigFile, SlackSection, PolicySection, DefaultsSection)
        for key in model.model_fields
    }
)
TIMES = ["week", "2 weeks", "month", "tue", "first tue", "15", "10:00", "3d", "2026-01-01..2026-02-01"]
NAMES = ["DE-BE", "UTC", "C0123456789", "socket", "true", "no"]
WORDS = st.sampled_from([*TIMES, *NAMES, "", "~", "-1", "9" * 30, "\x00", "\x1b[2J", "é", "${x}"])
SCALARS = WORDS | st.text(max_size=12) | st.integers() | st.booleans() | st.none() | st.dates() | st.floats()


def sections(keys: list[str]) -> st.SearchStrategy[object]:
    return st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(keys), inner, max_size=4),
        max_leaves=12,
    )


SCHEDULES = st.lists(
    st.dictionaries(st.sampled_from(sorted(ScheduleSection.model_fields)), SCALARS), max_size=3
)
FILES = st.fixed_dictionaries({}, optional={"schedules": SCHEDULES, **{key: sections(KEYS) for key in KEYS}})


def outcome(path: Path) -> Config | BotError:
    try:
        return load_config(path, {})
    except BotError as error:
        return error


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200) | st.text(alphabet=" \n\t-:[]{}#&*!|>'\"%@`a1?,", max_size=60))
@example("- - - -\n  - - -")
@example("%YAML 9.9\n---\na: 1")
@example("a: |\n")
@example('"\\ud800": 1')
def test_any_text_is_a_config_or_a_sentence(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_bytes(text.encode("utf-8", "replace"))

    result = outcome(path)

    assert isinstance(result, Config) or str(result).startswith(("config.yaml", str(tmp_path)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(FILES)
def test_any_values_are_a_config_or_a_sentence_with_its_file(tmp_path: Path, data: dict[str, object]) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(yaml.safe_dump({**data, "prompts": [str(ROOT / "prompts")]}, allow_unicode=True))

    result = outcome(path)

    assert isinstance(result, Config) or all(
        line.startswith(("config.yaml", "...")) for line in str(result).splitlines()
    )


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    st.dictionaries(st.sampled_from(sorted(PackFile.model_fields)), sections(["id", "key", "text", "items"]))
)
def test_any_pack_is_a_pack_or_a_sentence_with_its_file(tmp_path: Path, data: dict[str, object]) -> None:
    path = tmp_path / "my-pack.yaml"
    path.write_text(yaml.safe_dump(data, allow_unicode=True))

    try:
        said = f"my-pack.yaml: {len(load_packs([path]))}"
    except PromptPackError as error:
        said = str(error)

    assert said.startswith("my-pack.yaml")
