"""The section ``workspaces`` of config.yaml, and the variables that many workspaces need."""

from pathlib import Path

import pytest

from bot.config import Hosting, check_tokens, token_problems
from bot.errors import ConfigError
from tests.config.hosting import HOSTING, KEY, OTHER_KEY, PUBLIC, ROOT, VARIABLES, load


def problem(folder: Path, **changed: str) -> str:
    """What check_tokens says where these variables are different."""
    with pytest.raises(ConfigError) as refused:
        check_tokens(load(folder, environ=VARIABLES | changed))
    return str(refused.value)


def test_without_the_section_one_workspace_is_served(tmp_path: Path) -> None:
    assert load(tmp_path, "slack: {mode: http}").hosting is None


def test_the_section_names_where_people_install_the_bot(tmp_path: Path) -> None:
    hosting = load(tmp_path).hosting

    assert Hosting(public_url=PUBLIC) == hosting
    assert hosting.install_url == f"{PUBLIC}/slack/install"
    assert hosting.redirect_url == f"{PUBLIC}/slack/oauth_redirect"
    assert hosting.request_url == f"{PUBLIC}/slack/events"


def test_the_commented_section_of_the_project_works_once_it_is_uncommented(tmp_path: Path) -> None:
    kept = [
        line.replace("# workspaces:", "workspaces:").replace("#   public_url", "  public_url")
        for line in (ROOT / "config.yaml").read_text().replace("mode: socket", "mode: http").splitlines()
        if not line.startswith(("ballots_dir", "keys_dir", "prompts:"))
    ]

    assert load(tmp_path, "\n".join(kept)).hosting == Hosting(public_url=PUBLIC)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:3000", "http://localhost:1", "http://[::1]:9", "https://a.b/c"]
)
def test_plain_http_is_accepted_for_this_machine_only(tmp_path: Path, url: str) -> None:
    hosting = load(tmp_path, f"slack: {{mode: http}}\nworkspaces: {{public_url: '{url}'}}").hosting

    assert Hosting(public_url=url) == hosting


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("http://belonging.example.org", "is http, and Slack sends to https only. Write an address such as"),
        ("https://belonging.example.org/", "ends in a slash. Write an address such as"),
        ("belonging.example.org", "'belonging.example.org' does not say https:// first."),
        ("https://", "is no address of a web site."),
        ("https://a b.org", "is no address of a web site."),
        ("ftp://a.org", "is no address of a web site."),
        ("https://a.org:x", "is no address of a web site."),
        ("https://[", "is no address of a web site."),
        ('https://a.org/"><b>', "is no address of a web site."),
        ("https://a.org?", "has more than a host and a path."),
        ("https://a.org/x#y", "has more than a host and a path."),
        ("https://me:word@a.org", "has more than a host and a path."),
    ],
)
def test_another_public_url_is_refused_with_what_to_write(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, f"slack: {{mode: http}}\nworkspaces:\n  public_url: '{text}'")

    assert "config.yaml, line 4, workspaces.public_url: " in str(refused.value)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("workspaces:", "line 2, workspaces: is empty. Write public_url below it, or take the line out"),
        ("workspaces: {}", "line 2, workspaces.public_url: is missing. Add this key."),
        (
            "workspaces: {public_ulr: x}",
            "public_ulr: is no key that is known here. Did you mean 'public_url'?",
        ),
        (
            f"workspaces: {{public_url: '{PUBLIC}'}}",
            "slack.mode: does not go with workspaces, since Socket Mode",
        ),
        (
            f"{HOSTING}admins: [U0123456789]",
            (
                "config.yaml, line 4, admins: does not go with workspaces, since member ids are those of one "
                "workspace. Move them to config.yaml in the workspace's directory."
            ),
        ),
        (f"{HOSTING}schedules: [{{channel: C0123456789}}]", "line 4, schedules: does not go with workspaces"),
        (f"{HOSTING}ballots_dir: ./b", "line 4, ballots_dir: does not go with workspaces"),
        (f"{HOSTING}keys_dir: ./k", "line 4, keys_dir: does not go with workspaces"),
    ],
)
def test_what_means_one_workspace_is_refused_beside_workspaces(
    tmp_path: Path, text: str, sentence: str
) -> None:
    with pytest.raises(ConfigError) as refused:
        load(tmp_path, text)

    assert sentence in str(refused.value)


def test_empty_lists_mean_no_workspace_and_are_accepted(tmp_path: Path) -> None:
    assert load(tmp_path, f"{HOSTING}admins: []\nschedules: []").hosting


def test_many_workspaces_need_four_variables_and_no_bot_token(tmp_path: Path) -> None:
    config = load(tmp_path)

    check_tokens(config)
    assert set(VARIABLES) == set(token_problems(config))
    assert (bytes.fromhex(KEY),) == config.secrets.token_keys


@pytest.mark.parametrize("between", [",", " ", ", ", "\n", " ,\t"])
def test_several_keys_stand_beside_each_other(tmp_path: Path, between: str) -> None:
    config = load(tmp_path, environ=VARIABLES | {"BELONGING_TOKEN_KEYS": f" {KEY}{between}{OTHER_KEY}, "})

    assert (bytes.fromhex(KEY), bytes.fromhex(OTHER_KEY)) == config.secrets.token_keys


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        (
            "SLACK_CLIENT_ID",
            "",
            "SLACK_CLIENT_ID is not set, and config.yaml has workspaces. Copy the Client ID",
        ),
        (
            "SLACK_CLIENT_ID",
            "A0SECRET1",
            "does not look like a client id (two numbers with a dot between them).",
        ),
        ("SLACK_CLIENT_SECRET", "", "SLACK_CLIENT_SECRET is not set, and config.yaml has workspaces."),
        ("SLACK_CLIENT_SECRET", "A0SECRET1", "does not look like a client secret (32 digits 0-9 and a-f)."),
        (
            "SLACK_CLIENT_SECRET",
            VARIABLES["SLACK_SIGNING_SECRET"],
            "SLACK_CLIENT_SECRET is the same as SLACK_SIGNING_SECRET. Copy the Client Secret",
        ),
        ("SLACK_SIGNING_SECRET", "", "SLACK_SIGNING_SECRET is not set"),
        ("BELONGING_TOKEN_KEYS", "", "BELONGING_TOKEN_KEYS is not set, and the tokens of workspaces"),
        ("BELONGING_TOKEN_KEYS", " , ", "BELONGING_TOKEN_KEYS is not set"),
        (
            "BELONGING_TOKEN_KEYS",
            "A0SECRET1",
            "BELONGING_TOKEN_KEYS is not 64 digits 0-9 and a-f. Make one with",
        ),
        ("BELONGING_TOKEN_KEYS", f"{KEY},A0SECRET1", "Key 2 of 2 in BELONGING_TOKEN_KEYS is not 64 digits"),
        ("BELONGING_TOKEN_KEYS", "00" * 32, "is one digit again and again, which anybody can guess."),
        ("BELONGING_TOKEN_KEYS", f"{KEY} {KEY}", "has the same key twice. Keep one of them."),
    ],
)
def test_a_variable_that_cannot_be_right_is_named_and_not_quoted(
    tmp_path: Path, name: str, value: str, sentence: str
) -> None:
    said = problem(tmp_path, **{name: value})

    assert sentence in said
    assert "A0SECRET1" not in said
    assert KEY not in said


def test_no_secret_is_in_the_representation_of_a_configuration(tmp_path: Path) -> None:
    shown = repr(load(tmp_path)) + repr(load(tmp_path).secrets)

    assert not [value for value in VARIABLES.values() if value in shown]
    assert repr(bytes.fromhex(KEY)) not in shown


def test_one_workspace_needs_none_of_the_new_variables(tmp_path: Path) -> None:
    config = load(tmp_path, "slack: {mode: http}", {})

    assert {"SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET"} == set(token_problems(config))
