"""config.yaml and the environment, and what they become."""

from dataclasses import fields
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from bot.config import NOT_YET_APPLIED, Config, SlackMode, load_config
from bot.core.model import MemberId, ReleasePolicy, SupportCard
from bot.core.schedule import MonthlyDay, MonthlyWeekday, QuietDays, Recurrence, Weekly
from bot.errors import ConfigError, PromptPackError

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
    assert config.defaults.zone == "Europe/Berlin"
    assert any("still is the example" in note for note in config.notes)


def test_the_commented_schedule_of_the_project_works_once_it_is_uncommented(tmp_path: Path) -> None:
    lines = (ROOT / "config.yaml").read_text().replace("schedules: []", "schedules:").splitlines()
    begin = lines.index("schedules:")
    text = [*lines[: begin + 1], *(line.replace("#  ", "  ", 1) for line in lines[begin + 1 :])]
    path = tmp_path / "config.yaml"
    path.write_text("\n".join(text).replace("./prompts", str(ROOT / "prompts")))

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
    assert (timedelta(hours=12), frozenset()) == (config.settings.catch_up, config.settings.admins)
    assert ("UTC", timedelta(days=3), True, QuietDays()) == (
        config.defaults.zone,
        config.defaults.open_for,
        config.defaults.reminder,
        config.defaults.quiet,
    )
    assert config.schedules == ()


@pytest.mark.parametrize("text", ["", "support:", "support: {contact: }", "support: {contact: '  '}"])
def test_without_a_contact_the_bot_loads_and_rounds_do_not_start(tmp_path: Path, text: str) -> None:
    config = load(tmp_path, text)

    assert config.settings.support is None
    assert any("rounds do not start" in note for note in config.notes)


def test_a_whole_support_card(tmp_path: Path) -> None:
    config = load(tmp_path, "support: {contact: HR, crisis: 112, outside: 'Dr. X', checked: 2026-11-01}")

    assert config.settings.support == SupportCard(
        contact="HR", crisis="112", outside="Dr. X", checked="2026-11-01"
    )
    assert config.notes == ()


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
    }
    config = load(tmp_path, "", environ)

    assert [value.strip() for value in environ.values()] == [
        getattr(config.secrets, field.name) for field in fields(config.secrets)
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


@pytest.mark.parametrize(
    "url",
    [
        "ftp://x/",
        "https://slack.com/api",
        "slack.com/api/",
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


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            f'schedules:\n  - channel: {CHANNEL}\n    at: "25:00"',
            (
                "config.yaml, line 4, schedules[0].at: '25:00' is no time of day. "
                "Write HH:MM from 00:00 to 23:59, in quotes."
            ),
        ),
        ("slack: {mdoe: http}", "line 2, slack.mdoe: is no key that is known here. Did you mean 'mode'?"),
        ("schedule: []", "line 2, schedule: is no key that is known here. Did you mean 'schedules'?"),
        (
            f"schedules: [{{channel: {CHANNEL}, evry: week}}]",
            "line 2, schedules[0].evry: is no key that is known here. Did you mean 'every'?",
        ),
        (
            "policy: {quotes: {xyzzy: 1}}",
            "policy.quotes.xyzzy: is no key that is known here. Known here: allowed,",
        ),
        ("slack: {mode: smoke}", "slack.mode: 'smoke' is not known here. Write socket or http."),
        ("slack: {mode: {xyz: 1}}", "slack.mode: is to be one value"),
        ("slack: [a]", "line 2, slack: is to be a section."),
        ("slack: {mode: [a]}", "slack.mode: is to be one value, not a list or a section."),
        (
            "slack: {http: {port: 0}}",
            "slack.http.port: 0 is out of range. Write a whole number from 1 to 65535.",
        ),
        ("slack: {http: {port: x}}", "slack.http.port: 'x' is no whole number."),
        ("policy: {threshold: 4}", "policy.threshold: 4 is out of range. Write a whole number from 5 to 20."),
        ("policy: {threshold: 21}", "policy.threshold: 21 is out of range."),
        ("policy: {quotes: {replies: 9}}", "policy.quotes.replies: 9 is out of range."),
        ("policy: {quotes: {allowed: 2}}", "policy.quotes.allowed: 2 is out of range."),
        ("policy: {min_open: 0m}", "policy.min_open: '0m' is out of range."),
        (
            "defaults: {open_for: 1.5d}",
            "defaults.open_for: '1.5d' is no duration. Write a whole number and m, h,",
        ),
        ("defaults: {open_for: 32d}", "from 1m to 31d."),
        (
            "defaults: {timezone: Europe/Berln}",
            "'Europe/Berln' is no time zone. Did you mean 'Europe/Berlin'?",
        ),
        ("defaults: {timezone: ../../x}", "'../../x' is no time zone. Write a name such as Europe/Berlin."),
        ("defaults: {reminder: no}", "defaults.reminder: 'no' is neither true nor false."),
        ("defaults: {holidays: XX}", "defaults.holidays: no public holidays are known for 'XX'."),
        ("defaults: {holidays: DE-XX}", "defaults.holidays: DE has no region 'XX'. Known: BB, BE,"),
        ("defaults: {holidays: [DE]}", "defaults.holidays: is to be one region, not a list or a section."),
        ("defaults: {quiet: [2026-02-30]}", "defaults.quiet[0]: '2026-02-30' is no date. Write YYYY-MM-DD."),
        ("defaults: {quiet: [20260201]}", "defaults.quiet[0]: '20260201' is no date."),
        (
            "defaults: {quiet: [2026-02-02..2026-02-01]}",
            "defaults.quiet[0]: '2026-02-02..2026-02-01' ends before",
        ),
        ("defaults: {quiet: 2026-02-02}", "defaults.quiet: is to be a list. Write [one, two]"),
        ("support: {checked: soon}", "support.checked: 'soon' is no date."),
        ("admins: [bob]", "admins[0]: 'bob' is no member id."),
        ("admins: [null]", "admins[0]: is empty."),
        ("schedules: [{}]", "line 2, schedules[0].channel: is missing. Add this key."),
        ("schedules: ['#general']", "schedules[0]: is to be a section."),
        ("schedules: [{channel: '#general'}]", "schedules[0].channel: '#general' is no channel id. Open the"),
        (
            f"schedules: [{{channel: {CHANNEL}, every: 5 weeks}}]",
            "schedules[0].every: '5 weeks' is no interval.",
        ),
        (f"schedules: [{{channel: {CHANNEL}, every: day}}]", "schedules[0].every: 'day' is no interval."),
        (
            f"schedules: [{{channel: {CHANNEL}, on: 15}}]",
            "schedules[0].on: names no weekdays. With weeks, write",
        ),
        (f"schedules: [{{channel: {CHANNEL}, on: []}}]", "schedules[0].on: names no weekdays."),
        (
            f"schedules: [{{channel: {CHANNEL}, on: [tue, tuesday]}}]",
            "schedules[0].on: names a weekday twice.",
        ),
        (f"schedules: [{{channel: {CHANNEL}, on: {{a: b}}}}]", "schedules[0].on: is to be a day or a list"),
        (
            f"schedules: [{{channel: {CHANNEL}, every: month, on: tue}}]",
            "schedules[0].on: names no day of a month.",
        ),
        (
            f"schedules: [{{channel: {CHANNEL}, every: month, on: 32}}]",
            "schedules[0].on: names no day of a month.",
        ),
        (f"schedules: [{{channel: {CHANNEL}, every: month, on: [1, 2]}}]", "on: names no day of a month."),
        (f"schedules: [{{channel: {CHANNEL}, every: month, on: third tue}}]", "on: names no day of a month."),
        (
            f"schedules: [{{channel: {CHANNEL}, at: 10:00:30}}]",
            "schedules[0].at: '10:00:30' is no time of day.",
        ),
        (
            f"schedules: [{{channel: {CHANNEL}, pack: belongin}}]",
            "schedules[0].pack: there is no prompt pack 'belongin'. Did you mean 'belonging'?",
        ),
        (
            f"schedules: [{{channel: {CHANNEL}, pack: zzz}}]",
            "there is no prompt pack 'zzz'. Known: belonging.",
        ),
        (
            f"schedules: [{{channel: {CHANNEL}, open_for: 23h}}]",
            "schedules[0].open_for: rounds would be open for 23h, less than policy.min_open. Write 24h",
        ),
        (
            f"schedules:\n  - {{channel: {CHANNEL}}}\n  - {{channel: {CHANNEL}, on: tue, reminder: false}}",
            "line 4, schedules[1]: this channel has the same schedule twice. Keep one of them.",
        ),
        (
            "keys_dir: data",
            "line 2, keys_dir: data_dir, ballots_dir and keys_dir are not three different folders.",
        ),
        (
            "ballots_dir: ./data/../data",
            "ballots_dir: data_dir, ballots_dir and keys_dir are not three different",
        ),
        ("data_dir: ''", "data_dir: is empty. Write a path, such as ./prompts."),
        ("data_dir: 'a\\0b'", "data_dir: "),
    ],
)
def test_what_is_wrong_is_told_by_file_line_key_and_remedy(tmp_path: Path, text: str, sentence: str) -> None:
    if "\\0" in text:
        text = 'data_dir: "a\\0b"'
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, text)

    assert sentence in str(caught.value)


def test_all_problems_of_a_file_are_told_at_once_in_the_order_of_the_lines(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, "policy: {threshold: 1}\nslack: {mode: x}\nadmins: [y]")

    assert [line.split()[2].strip(",") for line in str(caught.value).splitlines()] == ["2", "3", "4"]


def test_what_an_error_quotes_moves_no_cursor_and_is_cut(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, f'slack: {{mode: "\\e[2J{"x" * 99}", "\\e[1m": 1}}')

    assert "\x1b" not in str(caught.value)
    assert "'?[2Jxxxx" in str(caught.value)
    assert "slack.?[1m: is no key" in str(caught.value)
    assert "x" * 50 not in str(caught.value)


def test_a_long_list_of_problems_is_cut(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path, f"admins: [{', '.join('abcdefghijklmnopqrst')}]")

    assert len(str(caught.value).splitlines()) == 13
    assert "... and 8 more." in str(caught.value)


@pytest.mark.parametrize(
    "text", ["slack: {mode: xoxb-canary}", "slack: {token: xapp-canary}", "x: [a, {b: 'xoxp-canary'}]"]
)
def test_a_token_in_the_file_is_refused_and_not_quoted(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="a Slack token stands in this file") as caught:
        load(tmp_path, text)

    assert "canary" not in str(caught.value)


def test_a_token_in_the_wrong_variable_is_not_quoted(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="SLACK_API_URL: a Slack token is no address"):
        load(tmp_path, "", {"SLACK_API_URL": "xoxb-canary"})


def test_holidays_are_switched_off_by_none(tmp_path: Path) -> None:
    config = load(
        tmp_path, f"defaults: {{holidays: DE}}\nschedules: [{{channel: {CHANNEL}, holidays: none}}]"
    )

    assert (config.defaults.quiet.holidays, config.schedules[0].quiet.holidays) == ("DE", None)


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n"])
def test_an_empty_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)

    with pytest.raises(ConfigError, match="the file is empty"):
        load_config(path, {})


def test_a_path_of_prompts_that_is_not_there_is_told_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("\nprompts:\n  - nowhere\n")

    with pytest.raises(ConfigError, match=r"config\.yaml, line 3, prompts\[0\]: there is no file or folder"):
        load_config(path, {})


def test_a_path_of_prompts_that_the_system_refuses_is_told(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(f"prompts: [{'x' * 300}]\n")

    with pytest.raises(PromptPackError, match=r"cannot be read \(File name too long\)"):
        load_config(path, {})


def test_links_that_lead_back_to_themselves_end(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")

    assert load(tmp_path, "data_dir: loop/x").data_dir == tmp_path / "loop" / "x"


def test_an_unknown_home_is_a_folder_like_any_other(tmp_path: Path) -> None:
    config = load(tmp_path, "data_dir: ~nobody-of-this-name/data")

    assert tmp_path / "~nobody-of-this-name" / "data" == config.data_dir
