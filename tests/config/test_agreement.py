"""The file of an agreement is read strictly: what it leaves out or misspells is told in a sentence."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.config import load_agreement, load_config
from bot.core.agreement import Agreement, Terms
from bot.errors import ConfigError

PAGE = (Path(__file__).parents[2] / "docs" / "configuration.md").read_text(encoding="utf-8")
WHOLE = {
    "date": "2026-12-01",
    "operator": "Ada Example",
    "threshold": "8",
    "quotes": "off",
    "packs": "[belonging]",
    "prompts_off": "[wellbeing]",
    "retention": "{summaries_months: 24}",
}


def written(tmp_path: Path, **changes: str | None) -> Path:
    path = tmp_path / "agreement.yaml"
    lines = (f"{key}: {value}\n" for key, value in (WHOLE | changes).items() if value is not None)
    path.write_text("".join(lines), encoding="utf-8")
    return path


def test_the_example_of_the_docs_is_read(tmp_path: Path) -> None:
    path = tmp_path / "agreement.yaml"
    path.write_text(PAGE.partition("```yaml\n# agreement.yaml")[2].partition("```")[0], encoding="utf-8")

    terms = Terms(
        threshold=8,
        quotes=None,
        packs=frozenset({"belonging"}),
        prompts_off=frozenset({"wellbeing"}),
        months=24,
        operator="Ada Example, IT operations",
    )
    assert Agreement(signed_on=date(2026, 12, 1), terms=terms) == load_agreement(path)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"date": "1 December"}, "agreement.yaml, line 1, date: '1 December' is no date. Write YYYY-MM-DD."),
        ({"date": None}, "date: is missing. Add this key."),
        ({"operator": "''"}, "operator: is empty. Write who runs the bot, as in config.yaml."),
        ({"threshold": None}, "threshold: is missing."),
        ({"threshold": "4"}, "threshold: 4 is out of range. Write a whole number from 5 to 20."),
        ({"quotes": None}, "quotes: is missing."),
        ({"quotes": "no"}, "quotes: 'no' is not known here. Write off, or replies and allowed."),
        ({"packs": "belonging"}, "packs: is to be a list."),
        ({"retention": "{}"}, "retention.summaries_months: is missing."),
        ({"retention": "24"}, "retention: is to be a section."),
        ({"fingerprints": "{belonging: abc}"}, "belonging: is no fingerprint. Copy what 'belonging prompts"),
        (
            {"fingerprints": "{}"},
            "fingerprints: it is not for the packs that stand under packs. Write one line",
        ),
        ({"fingerprints": f"{{own: {'a' * 64}}}"}, "fingerprints: it is not for the packs that stand"),
        ({"fingerprints": "abc"}, "fingerprints: is to be a section."),
        ({"channels": "[general]"}, "channels[0]: 'general' is no channel id."),
        ({"channels": "C0123456789"}, "channels: is to be a list."),
        ({"admins": "[ada]"}, "admins[0]: 'ada' is no member id."),
        ({"channel_creators": "no"}, "channel_creators: 'no' is neither true nor false."),
        ({"tenure": "off"}, "tenure: 'off' is neither true nor false. Write true or false."),
        ({"min_open": "1s"}, "min_open: '1s' is no duration."),
        ({"admins": ""}, "admins: is empty. Write a value, [] for none, or take the line out."),
        ({"treshold": "8"}, "treshold: is no key that is known here. Did you mean 'threshold'?"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, changes: dict[str, str | None], sentence: str) -> None:
    with pytest.raises(ConfigError) as wrong:
        load_agreement(written(tmp_path, **changes))

    assert sentence in f"{wrong.value.message} {wrong.value.remedy}"


def test_what_was_agreed_besides_is_read(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        fingerprints=f"{{belonging: {'a' * 64}}}",
        channels="[C0123456789]",
        admins="[]",
        channel_creators="false",
        tenure="true",
        min_open="36h",
    )

    terms = load_agreement(path).terms

    assert {"belonging": "a" * 64} == terms.fingerprints
    assert ({"C0123456789"}, frozenset()) == (terms.channels, terms.admins)
    assert (False, True, timedelta(hours=36)) == (terms.creators, terms.tenure, terms.min_open)


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "agreement.yaml").touch()

    with pytest.raises(ConfigError, match="the file is empty"):
        load_agreement(tmp_path / "agreement.yaml")


def test_a_configuration_that_names_a_broken_agreement_does_not_start(tmp_path: Path) -> None:
    written(tmp_path, threshold="x")
    (tmp_path / "config.yaml").write_text(
        f"prompts: ['{Path(__file__).parents[2] / 'prompts'}']\nagreement: agreement.yaml\n", encoding="utf-8"
    )

    with pytest.raises(ConfigError, match=r"agreement\.yaml, line 3, threshold: 'x' is no whole number"):
        load_config(tmp_path / "config.yaml", {})
