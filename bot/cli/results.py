"""Stored results for the command line."""

from contextlib import closing
from typing import Any

from bot.config import Config
from bot.core.model import ChannelId
from bot.core.norms import Norm, as_of
from bot.core.results import Result
from bot.errors import BotError
from bot.report import result_data
from bot.slack.results.result_blocks import result_text
from bot.store.backup import Snapshot


def latest_summary(config: Config, channel: str) -> tuple[dict[str, Any], str]:
    """The newest result of a channel, as data and as text. Raises ``BotError`` where there is none."""
    (round_, release), *earlier = stored_results(config, channel)
    ledger = as_of(stored_ledger(config, channel), round_.number)
    return result_data(round_, release), result_text(round_, release, earlier, ledger)


def stored_results(config: Config, channel: str | None) -> tuple[Result, ...]:
    """The results of a channel, newest first; without one, of every channel in turn.

    Raises ``BotError`` where nothing is stored.
    """
    path = config.data_dir / "belonging.db"
    if not path.exists():
        raise BotError(f"There is no data in {config.data_dir}.", remedy="Start the bot first: belonging run")
    with closing(Snapshot(path)) as database, database.read("cli_results") as tx:
        latest = tx.list_latest_releases()
        channels = [round_.channel for round_, _ in latest] if channel is None else [ChannelId(channel)]
        results = tuple(result for one in channels for result in tx.list_releases(one))
    if not results:
        where = f"for {channel} " if channel else ""
        raise BotError(
            f"There is no summary {where}yet.", remedy="It comes when a round closes in that channel."
        )
    return results


def stored_ledger(config: Config, channel: str | None) -> tuple[Norm, ...]:
    """The norms of a channel, as they were first written; without one, of every channel in turn.

    To be asked after ``stored_results``, which says what is wrong where nothing is stored.
    """
    path = config.data_dir / "belonging.db"
    with closing(Snapshot(path)) as database, database.read("cli_ledger") as tx:
        latest = tx.list_latest_releases()
        channels = [round_.channel for round_, _ in latest] if channel is None else [ChannelId(channel)]
        return tuple(norm for one in channels for norm in tx.list_norms(one))
