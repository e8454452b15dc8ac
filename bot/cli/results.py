"""Stored results for the command line."""

from typing import Any

from bot.config import Config
from bot.core.model import ChannelId, Round
from bot.core.release import Published, Release
from bot.errors import BotError
from bot.slack.blocks.summary import summary_text
from bot.store.database import Database


def latest_summary(config: Config, channel: str) -> tuple[dict[str, Any], str]:
    """The newest result of a channel, as data and as text. Raises ``BotError`` where there is none."""
    path = config.data_dir / "belonging.db"
    if not path.exists():
        raise BotError(f"There is no data in {config.data_dir}.", remedy="Start the bot first: belonging run")
    database = Database(path)
    try:
        with database.transaction("cli_summary") as tx:
            results = tx.list_releases(ChannelId(channel))
    finally:
        database.close()
    if not results:
        raise BotError(
            f"There is no summary for {channel} yet.", remedy="It comes when a round closes in that channel."
        )
    round_, release = results[0]
    return result_data(round_, release), summary_text(round_, release)


def result_data(round_: Round, release: Release) -> dict[str, Any]:
    """A result as plain data: the shown numbers, times in ISO 8601 with offset."""
    data: dict[str, Any] = {
        "round": round_.number,
        "channel": round_.channel,
        "dimension": round_.prompt.dimension,
        "question": round_.prompt.question,
        "opened_at": round_.opened_at.isoformat(),
        "closed_at": round_.closes_at.isoformat(),
        "withheld": not isinstance(release, Published),
    }
    if isinstance(release, Published):
        texts = {item.id: item.text for item in round_.prompt.items}
        data |= {
            "replies": release.replies,
            "audience": release.audience,
            "items": [
                {
                    "statement": texts[item.item],
                    "agree": {"of": item.count.of, "at_least": item.count.low, "at_most": item.count.high}
                    if item.count
                    else None,
                }
                for item in release.items
            ],
            "quotes": list(release.quotes),
        }
    return data
