"""What the bot asks of Slack, asked of one that nobody here wrote and that is strict about scopes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from slack_sdk import WebClient

from bot.core.language import ENGLISH, ENGLISH_ONLY
from bot.core.model import ChannelId, MemberId
from bot.errors import SlackError
from bot.slack.client.calls import web_client
from bot.slack.directory.lookup import SlackDirectory, live_directory
from bot.slack.messenger import SlackMessenger
from bot.slack.startup import check_bot_token
from tests.emulate.conftest import Serve
from tests.emulate.server import ADMIN, ADMIN_TOKEN, BOT_TOKEN, BOT_USER, GENERAL, SCOPES, TEAM, Emulate

CHANNEL, MEMBER = ChannelId(GENERAL), MemberId(ADMIN)


def directory_of(slack: Emulate) -> SlackDirectory:
    client = web_client(BOT_TOKEN, slack.api_url)
    organisation = check_bot_token(client).organisation
    return live_directory(client, lambda: datetime(2026, 11, 24, 12, tzinfo=UTC), organisation)


def messenger_of(slack: Emulate) -> SlackMessenger:
    return SlackMessenger(web_client(BOT_TOKEN, slack.api_url), ENGLISH_ONLY)


def invite(slack: Emulate) -> None:
    """The admin invites the bot to the channel."""
    WebClient(ADMIN_TOKEN, slack.api_url).conversations_invite(channel=GENERAL, users=BOT_USER)


def test_the_start_learns_whose_token_it_is_and_what_time_it_is_there(slack: Emulate) -> None:
    startup = check_bot_token(web_client(BOT_TOKEN, slack.api_url))

    assert (TEAM, "") == (startup.organisation.team, startup.organisation.enterprise)
    assert BOT_USER == startup.auth_test["user_id"]
    assert startup.scopes is None, "emulate does not say which scopes a token has"
    assert startup.slack_at is not None
    assert startup.slack_at.utcoffset() == timedelta(0)


def test_a_channel_is_joined_once_the_bot_was_invited(slack: Emulate) -> None:
    assert not directory_of(slack).channel(CHANNEL).joined

    invite(slack)

    found = directory_of(slack).channel(CHANNEL)
    assert ("general", MEMBER) == (found.name, found.creator)
    assert (True, False, False) == (found.joined, found.private, found.archived)


def test_the_audience_is_people_and_not_the_bot(slack: Emulate) -> None:
    invite(slack)
    directory = directory_of(slack)

    assert frozenset({MEMBER}) == directory.audience(CHANNEL) == directory.audience_to_ask(CHANNEL)
    assert {"admin", "Admin User"} <= directory.names(CHANNEL)
    assert not directory.is_shared(CHANNEL)


def test_an_admin_is_known_as_one_and_the_bot_is_not(slack: Emulate) -> None:
    directory = directory_of(slack)

    assert directory.is_admin(MEMBER)
    assert not directory.is_admin(MemberId(BOT_USER))


def test_what_the_bot_posts_stands_in_the_channel(slack: Emulate) -> None:
    invite(slack)
    messenger_of(slack).introduce(CHANNEL, ENGLISH)

    (post,) = WebClient(ADMIN_TOKEN, slack.api_url).conversations_history(channel=GENERAL)["messages"]
    assert BOT_USER == post["user"]
    assert post["blocks"]


NEEDS: dict[str, Callable[[Emulate], object]] = {
    "channels:read": lambda slack: directory_of(slack).channel(CHANNEL),
    "users:read": lambda slack: directory_of(slack).names(CHANNEL),
    "chat:write": lambda slack: messenger_of(slack).introduce(CHANNEL, ENGLISH),
}


@pytest.mark.parametrize("lacking", NEEDS)
def test_a_token_that_lacks_a_scope_is_refused_what_needs_it(serve: Serve, lacking: str) -> None:
    """So every other test here also shows that the scopes of our manifest are enough."""
    slack = serve(scopes=[scope for scope in SCOPES if scope != lacking])

    with pytest.raises(SlackError) as refused:
        NEEDS[lacking](slack)
    assert "missing_scope" == refused.value.reason
