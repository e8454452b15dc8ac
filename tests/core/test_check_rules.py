"""What `belonging check` says of the facts it is given, sentence by sentence."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.check_rules import (
    EVENTS,
    SCOPES,
    ChannelFact,
    FolderFact,
    Judgement,
    Level,
    clock_words,
    from_error,
    has_errors,
    judge_admin,
    judge_api_url,
    judge_channel,
    judge_clock,
    judge_env_file,
    judge_events,
    judge_folder,
    judge_host,
    judge_same_app,
    judge_scopes,
    judge_support,
    ok,
)
from bot.core.model import ChannelId, SupportCard
from bot.errors import ConfigError
from tests.slack_spec import ROOT

TODAY = date(2026, 11, 24)
CARD = SupportCard(contact="Asha, asha@firm.test", crisis="112", checked="2026-11-01")
FULL = frozenset(SCOPES)
CHANNEL = ChannelFact(id=ChannelId("C0123456789"), threshold=5, name="team", joined=True, people=14)
FOLDER = FolderFact(
    key="keys_dir", path="/srv/bot/keys", private=True, there=True, makeable=True, copied=False, network=""
)


def whole(finding: Judgement) -> str:
    return f"{finding.level} {finding.where}: {finding.what} {finding.remedy}".strip()


def test_the_scopes_are_those_of_the_manifest() -> None:
    manifest: dict[str, Any] = json.loads((ROOT / "manifest.json").read_text(encoding="utf-8"))

    assert list(SCOPES) == manifest["oauth_config"]["scopes"]["bot"]


@pytest.mark.parametrize("granted", [FULL, FULL | {"identify"}])
def test_the_scopes_of_the_manifest_are_right(granted: frozenset[str]) -> None:
    assert [whole(one) for one in judge_scopes(granted)] == [
        "ok scopes: The 5 that the bot needs, and no other."
    ]


def test_a_missing_scope_is_an_error_that_says_what_fails() -> None:
    (finding,) = judge_scopes(FULL - {"groups:read"})

    assert whole(finding) == (
        "error scopes: groups:read is missing: without it the bot cannot see who is in private channels. "
        "Add it under OAuth & Permissions, Scopes, Bot Token Scopes, and reinstall the app."
    )


@pytest.mark.parametrize(
    ("scope", "does"),
    [
        ("channels:history", "read messages"),
        ("groups:history", "read messages"),
        ("im:history", "read messages"),
        ("mpim:history", "read messages"),
        ("im:write", "reach direct messages"),
        ("im:read", "reach direct messages"),
        ("files:write", "reach files"),
        ("users:read.email", "learn everybody's e-mail address"),
        ("search:read.public", "search what people write"),
        ("admin.users:read", "administer the workspace"),
    ],
)
def test_a_scope_that_reads_is_an_error_that_names_the_risk(scope: str, does: str) -> None:
    (finding,) = judge_scopes(FULL | {scope})

    assert whole(finding) == (
        f"error scopes: {scope} lets whoever holds the bot token {does}: a risk to the promise, and no use "
        "to the bot. Take it out under OAuth & Permissions, Scopes, Bot Token Scopes, and reinstall the app."
    )


def test_a_scope_that_is_only_too_much_is_a_remark() -> None:
    (finding,) = judge_scopes(FULL | {"team:read"})

    assert Level.REMARK is finding.level
    assert finding.what == "team:read is more than the bot needs."


def test_scopes_that_slack_does_not_name_are_a_remark() -> None:
    (finding,) = judge_scopes(None)

    assert Level.REMARK is finding.level


@given(st.frozensets(st.sampled_from([*SCOPES, "channels:history", "team:read", "im:read"])))
def test_scopes_are_well_only_where_they_are_the_ones_of_the_manifest(granted: frozenset[str]) -> None:
    levels = {finding.level for finding in judge_scopes(granted)}

    assert (granted == FULL) == (levels == {Level.OK})


@pytest.mark.parametrize(
    ("ahead", "sentence"),
    [
        (timedelta(minutes=10), "The clock of this machine is 10 minutes ahead of Slack's."),
        (timedelta(minutes=-10), "The clock of this machine is 10 minutes behind Slack's."),
        (timedelta(seconds=90), "The clock of this machine is 90 seconds ahead of Slack's."),
        (timedelta(hours=-26), "The clock of this machine is 26 hours behind Slack's."),
    ],
)
def test_how_far_the_clock_is_off_is_said_in_words(ahead: timedelta, sentence: str) -> None:
    assert clock_words(ahead) == sentence


@pytest.mark.parametrize(
    ("ahead", "level"),
    [
        (timedelta(0), Level.OK),
        (timedelta(seconds=-59), Level.OK),
        (timedelta(seconds=60), Level.REMARK),
        (timedelta(minutes=-2), Level.REMARK),
        (timedelta(minutes=2, seconds=1), Level.ERROR),
        (timedelta(minutes=-4), Level.ERROR),
        (timedelta(minutes=-10), Level.ERROR),
        (None, Level.REMARK),
    ],
)
def test_a_clock_that_is_more_than_two_minutes_off_is_an_error(ahead: timedelta | None, level: Level) -> None:
    assert judge_clock(ahead).level is level


def test_a_clock_that_is_off_is_told_how_to_set_itself() -> None:
    assert whole(judge_clock(timedelta(minutes=10))) == (
        "error clock: The clock of this machine is 10 minutes ahead of Slack's. "
        "Let it set itself by network time (timedatectl set-ntp true): while it is more than two minutes "
        "off, nothing is asked, closed, published or forgotten."
    )


@pytest.mark.parametrize(
    ("app_id", "app_token", "found"),
    [
        ("A0ONE", "xapp-1-A0ONE-12-ab", 0),
        ("A0ONE", "xapp-1-A0OTHER-12-ab", 1),
        ("", "xapp-1-A0OTHER-12-ab", 0),
        ("A0ONE", "xapp-of-a-form-that-is-not-known", 0),
    ],
)
def test_two_tokens_of_different_apps_are_told_where_that_can_be_known(
    app_id: str, app_token: str, found: int
) -> None:
    wrong = list(judge_same_app(app_id, app_token))

    assert found == len(wrong)
    assert all("-12-" not in whole(one) for one in wrong)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "ok #team (C0123456789): 14 people can reply; nothing is shown under 5 replies."),
        ({"people": 8}, "ok #team (C0123456789): 8 people can reply; nothing is shown under 5 replies."),
        (
            {"people": 7},
            (
                "remark #team (C0123456789): 7 people can reply: if one or two stay silent, a round may show "
                "nothing. Tell the channel that at least 5 replies are needed, or ask in a larger one."
            ),
        ),
        (
            {"people": 4},
            (
                "error #team (C0123456789): 4 people can reply, and nothing is shown under 5 replies, so "
                "nothing is asked. Invite more people, or ask in a larger channel. Guests and bots do not "
                "count."
            ),
        ),
        (
            {"people": 1},
            (
                "error #team (C0123456789): 1 person can reply, and nothing is shown under 5 replies, so "
                "nothing is asked. Invite more people, or ask in a larger channel. Guests and bots do not "
                "count."
            ),
        ),
        (
            {"people": 19, "tenure": True},
            (
                "remark #team (C0123456789): 19 people can reply: who is new is asked from 20 people on, so "
                "it is not asked here. Leave tenure at false until the channel has grown."
            ),
        ),
        (
            {"joined": False},
            (
                "error #team (C0123456789): The bot is not in this channel, so nothing is asked. Type "
                "/invite @belonging in the channel. A private one cannot be seen before; check its id, too."
            ),
        ),
        (
            {"archived": True},
            (
                "error #team (C0123456789): The channel is archived, so nothing is asked. Unarchive it, or "
                "take its schedule out."
            ),
        ),
        (
            {"people": None},
            "remark #team (C0123456789): Slack did not say how many people can reply. Try again in a minute.",
        ),
        (
            {"name": "", "joined": False, "reason": "channel_not_found"},
            (
                "error C0123456789: The bot is not in this channel, so nothing is asked. Type /invite "
                "@belonging in the channel. A private one cannot be seen before; check its id, too."
            ),
        ),
        (
            {"name": "", "joined": False, "reason": "ratelimited"},
            (
                "remark C0123456789: Slack did not say how the channel stands (ratelimited). Try again in a "
                "minute."
            ),
        ),
    ],
)
def test_a_channel_is_judged_in_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    assert whole(judge_channel(replace(CHANNEL, **changes))) == sentence


@pytest.mark.parametrize(
    ("card", "found"),
    [
        (CARD, ["ok support.checked"]),
        (None, ["error support.contact"]),
        (
            replace(CARD, contact="People team, people@example.org"),
            ["error support.contact", "ok support.checked"],
        ),
        (replace(CARD, crisis=""), ["remark support.crisis", "ok support.checked"]),
        (replace(CARD, checked=""), ["remark support.checked"]),
        (replace(CARD, checked="2025-11-24"), ["ok support.checked"]),
        (replace(CARD, checked="2025-11-23"), ["remark support.checked"]),
        (replace(CARD, checked="2026-11-25"), ["remark support.checked"]),
    ],
)
def test_the_card_names_people_who_answer_and_was_tried_within_a_year(
    card: SupportCard | None, found: list[str]
) -> None:
    assert [f"{one.level} {one.where}" for one in judge_support(card, TODAY)] == found


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({}, Level.OK),
        ({"there": False}, Level.OK),
        ({"there": False, "makeable": False}, Level.ERROR),
        ({"copied": True}, Level.ERROR),
        ({"copied": True, "private": False}, Level.REMARK),
        ({"network": "nfs4"}, Level.ERROR),
        ({"network": "nfs4", "private": False}, Level.ERROR),
    ],
)
def test_a_directory_can_be_had_and_is_copied_by_nothing_and_on_no_network_disk(
    changes: dict[str, Any], level: Level
) -> None:
    assert judge_folder(replace(FOLDER, **changes)).level is level


@pytest.mark.parametrize(
    ("url", "level"),
    [
        ("https://slack.com/api/", Level.OK),
        ("https://slack-gov.com/api/", Level.OK),
        ("http://127.0.0.1:4321/api/", Level.OK),
        ("http://localhost/api/", Level.OK),
        ("http://slack.com/api/", Level.ERROR),
        ("http://localhost.firm.test/api/", Level.ERROR),
    ],
)
def test_an_address_without_encryption_is_an_error_unless_it_is_this_machine(url: str, level: Level) -> None:
    assert judge_api_url(url).level is level


def test_a_port_that_other_machines_reach_is_a_remark() -> None:
    assert judge_host("127.0.0.1", 3000).level is Level.OK
    assert judge_host("0.0.0.0", 3000).level is Level.REMARK  # noqa: S104 - the very thing to warn of


def test_an_env_file_that_others_read_is_an_error() -> None:
    assert judge_env_file(0o600).level is Level.OK
    assert whole(judge_env_file(0o644)) == (
        "error .env: Other users of this machine can read the tokens in it (its mode is 0644). "
        "Run: chmod 600 .env"
    )


def test_what_stops_the_bot_is_told_in_its_own_words() -> None:
    finding = from_error("SLACK_BOT_TOKEN", ConfigError("It is not set.", remedy="Set it."))

    assert whole(finding) == "error SLACK_BOT_TOKEN: It is not set. Set it."
    assert has_errors((ok("a", "b"), finding))
    assert not has_errors((ok("a", "b"),))


def test_of_events_it_says_what_cannot_be_known_and_what_there_should_be() -> None:
    said = whole(judge_events())

    assert said.startswith("remark events: Slack tells nobody which events an app gets")
    assert all(event in said for event in EVENTS)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (True, "ok admins: U1 is a full member of this workspace."),
        (False, "error admins: U1 is no full member of this workspace, so they decide nothing."),
        (None, "remark admins: Slack did not say who U1 is."),
    ],
)
def test_who_is_named_an_admin_must_be_there(counts: bool | None, said: str) -> None:  # noqa: FBT001 - a row
    assert whole(judge_admin("U1", counts=counts)).startswith(said)


def test_a_name_of_a_channel_moves_no_cursor() -> None:
    said = whole(judge_channel(replace(CHANNEL, name="a\x1b[2J\u202eb")))

    assert "#a [2Jb (C0123456789)" in said


def test_of_a_shared_channel_it_is_said_who_reads_along() -> None:
    fact = ChannelFact(id=ChannelId("C1"), threshold=5, joined=True, people=12, shared=True)

    assert "people of another company are in it, who are not asked" in whole(judge_channel(fact))
