"""Read config.yaml, the environment and the prompt packs into core types.

Nothing else in the bot uses pydantic or yaml.
"""

from bot.config.agreement import load_agreement
from bot.config.calendars import holiday_calendar
from bot.config.cells import (
    InstalledWorkspace,
    WorkspaceFile,
    bare_cell_config,
    cell_config,
    cell_dir,
    cells_dir,
    host_dir,
    list_cells,
    misplaced_cells,
    places_of_cells,
    read_workspace_file,
    refuse_link,
    shard_dir,
    worker_dir,
    write_workspace_file,
)
from bot.config.cluster import parse_worker_name, worker_address, worker_name, worker_name_at
from bot.config.environment import check_tokens, masked, signing_problem, token_problem, token_problems
from bot.config.json_schema import pack_json_schema
from bot.config.languages import languages_in, prepare_languages, shipped_languages
from bot.config.load import load_config, read_data_dir, read_heartbeat_dir
from bot.config.model import NOT_YET_APPLIED, ClusterConfig, Config, Hosting, Secrets, SlackConfig, SlackMode
from bot.config.pack_registry import PackRegistry
from bot.config.packs import load_pack, load_packs, pack_notes
from bot.config.shipped import shipped

__all__ = [
    "NOT_YET_APPLIED",
    "ClusterConfig",
    "Config",
    "Hosting",
    "InstalledWorkspace",
    "PackRegistry",
    "Secrets",
    "SlackConfig",
    "SlackMode",
    "WorkspaceFile",
    "bare_cell_config",
    "cell_config",
    "cell_dir",
    "cells_dir",
    "check_tokens",
    "holiday_calendar",
    "host_dir",
    "languages_in",
    "list_cells",
    "load_agreement",
    "load_config",
    "load_pack",
    "load_packs",
    "masked",
    "misplaced_cells",
    "pack_json_schema",
    "pack_notes",
    "parse_worker_name",
    "places_of_cells",
    "prepare_languages",
    "read_data_dir",
    "read_heartbeat_dir",
    "read_workspace_file",
    "refuse_link",
    "shard_dir",
    "shipped",
    "shipped_languages",
    "signing_problem",
    "token_problem",
    "token_problems",
    "worker_address",
    "worker_dir",
    "worker_name",
    "worker_name_at",
    "write_workspace_file",
]
