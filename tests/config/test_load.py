"""config.yaml and the environment, and what they become."""

from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.config import NOT_YET_APPLIED, Config, SlackMode, load_config
from bot.core.language import Language, Languages
from bot.core.model import MemberId, ReleasePolicy, SupportCard
from bot.core.schedule import MonthlyDay, MonthlyWeekday, QuietDays, Recurrence, Weekly
from bot.errors import ConfigError

ROOT = Path(__file__).parents[2]
CHANNEL = "C0123456789"


def load(folder: Path, text: str, environ: dict[str, str] | None = None) -> Config:
    path = folder / "config.yaml"
    path.write_text(f"prompts: ['{ROOT / 'prompts'}']\n{text}")
    return load_config(path, environ or {})


def one_schedule(folder: Path, keys: str) -> tuple[Recurrence, time]:
    (schedule,) = load(folder, f"schedules:\n  - {{channel: {CHANNEL}, {keys}}}").schedules
    return schedule.recurrence, schedule.at


def test_the_config_of_the_project_loads_and_rounds_can_start() -> None:
    config = load_config(ROOT / "config.yaml", {})

    assert config.settings.support is not None
    assert {"belonging"} == set(config.settings.packs)
    assert config.notes == ()


def test_the_config_of_the_project_suits_no_single_country() -> None:
    defaults = load_config(ROOT / "config.yaml", {}).settings.defaults

    assert (defaults.zone, defaults.quiet.holidays or "") == ("UTC", "")


def test_the_commented_schedule_of_the_project_works_once_it_is_uncommented(tmp_path: Path) -> None:
    lines = (ROOT / "config.yaml").read_text().replace("schedules: []", "schedules:").splitlines()
    begin = lines.index("schedules:")
    text = [*lines[: begin + 1], *(line.replace("#  ", "  ", 1) for line in lines[begin + 1 :])]
    path = tmp_path / "config.yaml"
    path.write_text("\n".join(text))

    (schedule,) = load_config(path, {}).schedules

    assert Weekly(every=2, weekdays=(1,)) == schedule.recurrence


def test_every_key_but_the_contact_has_a_default(tmp_path: Path) -> None:
    config = load(tmp_path, "slack:\nschedules:\nsupport:\nadmins:\n")

    assert SlackMode.SOCKET is config.slack.mode
    assert (
        config.slack.api_url,
        config.slack.http_host,
        config.slack.http_port,
    ) == ("https://slack.com/api/", "127.0.0.1", 3000)
    assert ReleasePolicy() == config.settings.policy
    assert ReleasePolicy(quotes=False) == load(tmp_path, "policy: {quotes: off}").settings.policy
    assert (timedelta(hours=12), frozenset()) == (config.settings.catch_up, config.settings.admins)
    assert ("UTC", timedelta(days=3), True, QuietDays()) == (
        config.settings.defaults.zone,
        config.settings.defaults.open_for,
        config.settings.defaults.reminder,
        config.settings.defaults.quiet,
    )
    assert config.schedules == ()


@pytest.mark.parametrize("text", ["", "support:", "support: {contact: }", "support: {contact: '  '}"])
def test_without_a_contact_the_bot_loads_and_rounds_do_not_start(tmp_path: Path, text: str) -> None:
    config = load(tmp_path, text)

    assert config.settings.support is None


def test_a_whole_support_card(tmp_path: Path) -> None:
    config = load(tmp_path, "support: {contact: HR, crisis: 112, outside: 'Dr. X', checked: 2026-11-01}")

    assert config.settings.support == SupportCard(
        contact="HR", crisis="112", outside="Dr. X", checked="2026-11-01"
    )
    assert config.notes == ()


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("", 24),
        ("retention:", 24),
        ("retention: {}", 24),
        ("retention: {summaries_months: 6}", 6),
        ("retention: {summaries_months: none}", None),
    ],
)
def test_results_are_kept_for_two_years_for_so_many_months_or_for_ever(
    tmp_path: Path, text: str, months: int | None
) -> None:
    assert months == load(tmp_path, text).settings.keep_months


def test_paths_start_from_the_file_and_ballots_and_keys_from_the_data(tmp_path: Path) -> None:
    config = load(tmp_path, "data_dir: elsewhere\nkeys_dir: ../keys")

    assert (tmp_path / "elsewhere", tmp_path / "elsewhere" / "ballots", tmp_path.parent / "keys") == (
        config.data_dir,
        config.ballots_dir,
        config.keys_dir,
    )


def test_the_environment_gives_secrets_and_they_stay_out_of_every_repr(tmp_path: Path) -> None:
    environ = {
        "SLACK_BOT_TOKEN": " xoxb-canary ",
        "SLACK_APP_TOKEN": "xapp-canary",
        "SLACK_SIGNING_SECRET": "canary-signing",
        "BELONGING_KEY_SECRET": "canary-key",
        "SLACK_CLIENT_ID": "canary-client",
        "SLACK_CLIENT_SECRET": "canary-client-secret",
    }
    config = load(tmp_path, "", environ)

    assert [value.strip() for value in environ.values()] == [
        getattr(config.secrets, field.name)
        for field in fields(config.secrets)
        if not field.name.endswith("_keys") and field.name != "database_url"
    ]
    assert "canary" not in repr(config) + repr(config.secrets)


def test_a_dotenv_file_stands_behind_the_environment_and_does_not_enter_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("BELONGING_CANARY", raising=False)
    (tmp_path / ".env").write_text(
        "# secrets\nSLACK_BOT_TOKEN='xoxb-file'\nexport SLACK_APP_TOKEN=xapp-file # mine\n"
        "BELONGING_CANARY=1\nBELONGING_KEY_SECRET=$HOME\nEMPTY\n"
    )

    secrets = load(tmp_path, "", {"SLACK_BOT_TOKEN": "xoxb-env"}).secrets

    assert (secrets.bot_token, secrets.app_token, secrets.key_secret) == ("xoxb-env", "xapp-file", "$HOME")
    assert "BELONGING_CANARY" not in __import__("os").environ


def test_a_dotenv_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"A=\xff")

    with pytest.raises(ConfigError, match=r"\.env, line 1: is not UTF-8"):
        load(tmp_path, "")


def test_the_api_url_of_the_environment_wins_and_is_checked(tmp_path: Path) -> None:
    here = {"SLACK_API_URL": "http://127.0.0.1:8900/api/"}

    assert here["SLACK_API_URL"] == load(tmp_path, "", here).slack.api_url
    with pytest.raises(ConfigError, match="SLACK_API_URL: 'http://x/api' is no address of a Web API"):
        load(tmp_path, "", {"SLACK_API_URL": "http://x/api"})


def test_an_api_url_without_a_scheme_is_told_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, "", {"SLACK_API_URL": "slack.com/api/"})

    assert str(refused.value) == (
        "SLACK_API_URL: 'slack.com/api/' does not say https:// first. "
        "Write an address such as https://slack.com/api/ (the slash at the end belongs to it)."
    )


@pytest.mark.parametrize("text", ["version: 1", "version:", ""])
def test_a_file_may_say_of_which_version_it_is(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, text).schedules == ()


def test_a_file_of_a_newer_version_is_told_in_one_sentence_whatever_else_it_holds(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, "version: 2\nnovelty: {a: 1}\nschedules: {b: 2}")

    assert str(refused.value) == (
        "config.yaml, line 2, version: this file is of version 2, and this Belonging Bot reads version 1. "
        "Upgrade Belonging Bot, or take the config.yaml of before."
    )


@pytest.mark.parametrize("version", ["0", "x", "-1", "[1]", "1.5"])
def test_a_version_that_is_none_is_refused(tmp_path: Path, version: str) -> None:
    with pytest.raises(ConfigError, match="line 2, version: "):
        load(tmp_path, f"version: {version}")


def test_a_key_that_nothing_here_is_like_may_be_of_a_newer_version(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"One of a newer version needs a newer Belonging Bot\.$"):
        load(tmp_path, "zzz: 1")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x/",
        "https://slack.com/api",
        "https:///",
        "https://x:99999/",
        "https://x/?a=/",
    ],
)
def test_an_api_url_needs_a_scheme_a_host_and_a_slash(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigError, match=r"slack\.api_url: .* is no address of a Web API"):
        load(tmp_path, f"slack: {{api_url: '{url}'}}")


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("every: 2 weeks", (Weekly(every=2, weekdays=(1,)), time(10))),
        ("every: week, on: tue, at: 10:00", (Weekly(every=1, weekdays=(1,)), time(10))),
        ("every: 1 week, on: [Thursday, mon], at: 9:05", (Weekly(every=1, weekdays=(0, 3)), time(9, 5))),
        ("every: 4 weeks, on: [fri], at: '00:00'", (Weekly(every=4, weekdays=(4,)), time(0))),
        ("every: month", (MonthlyWeekday(which=1, weekday=1), time(10))),
        ("every: month, on: 15, at: '23:59'", (MonthlyDay(day=15), time(23, 59))),
        ("every: month, on: [31]", (MonthlyDay(day=31), time(10))),
        ("every: month, on: first tue", (MonthlyWeekday(which=1, weekday=1), time(10))),
        ("every: 1 month, on: Last Friday", (MonthlyWeekday(which=-1, weekday=4), time(10))),
    ],
)
def test_recurrences_as_people_write_them(tmp_path: Path, keys: str, expected: object) -> None:
    assert expected == one_schedule(tmp_path, keys)


def test_a_schedule_has_what_the_defaults_say_unless_it_says_otherwise(tmp_path: Path) -> None:
    plain, own, off = load(
        tmp_path,
        f"""
admins: [U0123456789]
policy: {{threshold: 7, quotes: {{replies: 12, allowed: 4}}, min_open: 1m}}
defaults:
  timezone: Europe/Berlin
  open_for: 90m
  reminder: false
  holidays: DE-BE
  quiet: [2026-12-31, 2026-12-24..2026-12-26]
  catch_up: 2h
schedules:
  - channel: {CHANNEL}
  - channel: {CHANNEL}
    timezone: America/New_York
    open_for: 2w
    reminder: true
    holidays: US
    quiet: []
    tenure: true
  - channel: C0000000001
    holidays:
""",
    ).schedules

    policy = ReleasePolicy(threshold=7, quote_replies=12, quotes_allowed=4, min_open=timedelta(minutes=1))
    quiet = (date(2026, 12, 24), date(2026, 12, 26)), (date(2026, 12, 31), date(2026, 12, 31))
    assert (plain.zone, plain.open_for, plain.reminder, plain.tenure, plain.policy) == (
        "Europe/Berlin",
        timedelta(minutes=90),
        False,
        False,
        policy,
    )
    assert QuietDays(holidays="DE-BE", ranges=quiet) == plain.quiet
    assert (own.zone, own.open_for, own.reminder, own.tenure) == (
        "America/New_York",
        timedelta(days=14),
        True,
        True,
    )
    assert QuietDays(holidays="US") == own.quiet
    assert QuietDays(ranges=quiet) == off.quiet
    assert NOT_YET_APPLIED == plain.created_at == datetime(1970, 1, 1, tzinfo=UTC)


def test_admins_and_catch_up_reach_the_settings(tmp_path: Path) -> None:
    settings = load(tmp_path, "admins: [U0123456789, W0123456789]\ndefaults: {catch_up: 0m}").settings

    assert (frozenset({MemberId("U0123456789"), MemberId("W0123456789")}), timedelta(0)) == (
        settings.admins,
        settings.catch_up,
    )


def test_a_schedule_keeps_its_id_until_it_says_another_time_or_place(tmp_path: Path) -> None:
    def id_of(keys: str) -> str:
        return load(tmp_path, f"schedules:\n  - {{channel: {CHANNEL}{keys}}}").schedules[0].id

    assert id_of("") == id_of(", every: 2 weeks, on: [tuesday], at: 10:00, open_for: 5d, reminder: false")
    others = ["", ", at: 10:01", ", every: week", ", on: wed", ", timezone: Europe/Berlin"]
    assert len(others) == len({id_of(keys) for keys in others})
    assert set(id_of("")) <= set("0123456789abcdefghijklmnopqrstuv")
    assert len(id_of("")) == 12
    assert id_of("") == "kqir68oqs720"  # the ids of running installations hang on this


def test_holidays_are_switched_off_by_none(tmp_path: Path) -> None:
    config = load(
        tmp_path, f"defaults: {{holidays: DE}}\nschedules: [{{channel: {CHANNEL}, holidays: none}}]"
    )

    assert (config.settings.defaults.quiet.holidays, config.schedules[0].quiet.holidays) == ("DE", None)


def test_links_that_lead_back_to_themselves_end(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")

    assert load(tmp_path, "data_dir: loop/x").data_dir == tmp_path / "loop" / "x"


def test_an_unknown_home_is_a_folder_like_any_other(tmp_path: Path) -> None:
    config = load(tmp_path, "data_dir: ~nobody-of-this-name/data")

    assert tmp_path / "~nobody-of-this-name" / "data" == config.data_dir


def test_the_pack_of_the_program_is_found_from_any_folder(tmp_path: Path) -> None:
    for text in ("version: 1\n", "prompts: [belonging]\n"):
        (tmp_path / "config.yaml").write_text(text)

        assert ["belonging"] == list(load_config(tmp_path / "config.yaml", {}).settings.packs)


def test_a_file_of_ones_own_stands_beside_the_pack_of_the_program(tmp_path: Path) -> None:
    (tmp_path / "ours.yaml").write_text(
        "id: ours\ntitle: Ours\ndimensions:\n"
        "  - {key: door, label: Door, side: inclusion, asks: 'Who?', anchor: 'I am met.', tags: {a: b}}\n"
        "prompts:\n  - {id: door-01, dimension: door, question: 'How?', items: [I am met.]}\n"
    )
    (tmp_path / "config.yaml").write_text("prompts: [belonging, ./ours.yaml]\n")

    assert ["belonging", "ours"] == list(load_config(tmp_path / "config.yaml", {}).settings.packs)


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bot speaks English, German and Brazilian Portuguese."""
    languages = Languages([Language("de"), Language("pt-BR")])
    monkeypatch.setattr("bot.config.load.shipped_languages", lambda: languages)


@pytest.mark.usefixtures("spoken")
@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ("", ""),
        ("language: de", "de"),
        ("language: de-AT", "de"),
        ("language: pt", "pt-BR"),
        ("language:", ""),
    ],
)
def test_a_schedule_names_the_language_of_its_channel_or_leaves_it_open(
    tmp_path: Path, keys: str, code: str
) -> None:
    (schedule,) = load(tmp_path, f"schedules:\n  - channel: {CHANNEL}\n    {keys}\n").schedules

    assert code == schedule.language


@pytest.mark.usefixtures("spoken")
def test_an_unknown_language_is_told_with_those_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as wrong:
        load(tmp_path, f"schedules:\n  - {{channel: {CHANNEL}, language: klingon}}")

    assert str(wrong.value) == (
        "config.yaml, line 3, schedules[0].language: the bot does not speak 'klingon'. "
        "Write a code of these, or nothing for the one that most of the channel use: "
        "en (English), de (Deutsch), pt-BR (Português (Brasil))."
    )
