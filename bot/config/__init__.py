"""Read config.yaml, the environment and the prompt packs into core types.

Nothing else in the bot uses pydantic or yaml.
"""

from bot.config.agreement import load_agreement
from bot.config.calendars import holiday_calendar
from bot.config.environment import check_tokens, masked, signing_problem, token_problem, token_problems
from bot.config.json_schema import pack_json_schema
from bot.config.languages import languages_in, prepare_languages, shipped_languages
from bot.config.load import load_config, read_data_dir
from bot.config.model import NOT_YET_APPLIED, Config, Secrets, SlackConfig, SlackMode
from bot.config.pack_registry import PackRegistry
from bot.config.packs import load_pack, load_packs, pack_notes
from bot.config.shipped import shipped

__all__ = [
    "NOT_YET_APPLIED",
    "Config",
    "PackRegistry",
    "Secrets",
    "SlackConfig",
    "SlackMode",
    "check_tokens",
    "holiday_calendar",
    "languages_in",
    "load_agreement",
    "load_config",
    "load_pack",
    "load_packs",
    "masked",
    "pack_json_schema",
    "pack_notes",
    "prepare_languages",
    "read_data_dir",
    "shipped",
    "shipped_languages",
    "signing_problem",
    "token_problem",
    "token_problems",
]
