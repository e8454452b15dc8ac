"""What is told of a config.yaml that cannot be used."""

from pathlib import Path

import pytest

from bot.config import Config, load_config
from bot.errors import ConfigError, PromptPackError

ROOT = Path(__file__).parents[2]
CHANNEL = "C0123456789"


def load(folder: Path, text: str, environ: dict[str, str] | None = None) -> Config:
    path = folder / "config.yaml"
    path.write_text(f"prompts: ['{ROOT / 'prompts'}']\n{text}")
    return load_config(path, environ or {})


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
        ("retention: {summaries_months: 0}", "retention.summaries_months: 0 is out of range."),
        ("retention: {summaries_months: 121}", "Write a whole number from 1 to 120, or none."),
        ("retention: {summaries_months: for ever}", "'for ever' is no whole number."),
        ("policy: {threshold: 21}", "policy.threshold: 21 is out of range."),
        ("policy: {quotes: on}", "policy.quotes: 'on' is not known here. Write off, or replies and allowed."),
        ("policy: {quotes: [off]}", "policy.quotes: is to be a section."),
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
            f"schedules: [{{channel: {CHANNEL}, quiet: [2026-11-20..2031-03-01]}}]",
            "schedules[0].quiet: the quiet days from 2026-11-20 to 2031-03-01 leave no day for a prompt",
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


@pytest.mark.parametrize("text", ["", "# only a comment\n", "---\n"])
def test_an_empty_file_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(text)

    with pytest.raises(ConfigError, match="the file is empty"):
        load_config(path, {})


def test_a_path_of_prompts_that_is_not_there_is_told_by_its_line(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("\nprompts:\n  - nowhere\n")

    with pytest.raises(
        ConfigError, match=r"config\.yaml, line 3, prompts\[0\]: there is no file or folder"
    ) as told:
        load_config(path, {})
    assert "comes with the bot is: belonging" in told.value.remedy + told.value.message


def test_a_path_of_prompts_that_the_system_refuses_is_told(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(f"prompts: [{'x' * 300}]\n")

    with pytest.raises(PromptPackError, match=r"cannot be read \(File name too long\)"):
        load_config(path, {})
