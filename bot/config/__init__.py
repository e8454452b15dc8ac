"""config.yaml, the environment and the prompt packs, read into core types.

The only user of pydantic and yaml.
"""

from bot.config.calendars import holiday_calendar
from bot.config.effective import (
    NOT_YET_APPLIED,
    Config,
    Secrets,
    SlackConfig,
    SlackMode,
)
from bot.config.load import load_config
from bot.config.pack_registry import PackRegistry
from bot.config.pack_schema import pack_json_schema
from bot.config.packs import load_pack, load_packs, pack_notes
from bot.config.tokens import check_tokens, masked, token_problems

__all__ = [
    "NOT_YET_APPLIED",
    "Config",
    "PackRegistry",
    "Secrets",
    "SlackConfig",
    "SlackMode",
    "check_tokens",
    "holiday_calendar",
    "load_config",
    "load_pack",
    "load_packs",
    "masked",
    "pack_json_schema",
    "pack_notes",
    "token_problems",
]
