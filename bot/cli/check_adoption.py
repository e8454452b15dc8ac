"""Check for ``belonging check`` what the first start with many workspaces does with the data of one."""

from collections.abc import Iterator

from bot.app.adoption import cell_of_token, require_empty, require_token
from bot.cli.slack_client import client_in_time
from bot.config import Config
from bot.core.cells import CELLS_DIR
from bot.core.check_rules import Judgement, from_error, remark
from bot.errors import BotError, SlackUnavailableError
from bot.slack.startup import check_bot_token

TAKE_OUT = "After the line 'data moved' in its log, take SLACK_BOT_TOKEN out."


def adoption_judgements(config: Config, *, offline: bool) -> Iterator[Judgement]:
    """Say into which cell the next start moves the data, or why it will not start."""
    try:
        require_token(config)
    except BotError as problem:
        yield from_error("data_dir", problem)
        return
    moves = f"The next start moves the data of one workspace in {config.data_dir} into"
    if offline:
        yield remark("data_dir", f"{moves} {CELLS_DIR}/<key>; Slack was not asked for its key.", TAKE_OUT)
        return
    token = config.secrets.bot_token
    try:
        with client_in_time(config) as client:
            startup = check_bot_token(client)
        key = cell_of_token(startup, token)
        require_empty(config, key)
    except SlackUnavailableError as away:
        yield from_error("Slack", away)
    except BotError as problem:
        yield from_error("SLACK_BOT_TOKEN", problem)
    else:
        team = startup.auth_test.get("team", "?")
        yield remark("data_dir", f"{moves} {CELLS_DIR}/{key} ({team}).", TAKE_OUT)
