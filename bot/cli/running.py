"""Run a bot, a host of many workspaces, or one of several workers until it is asked to end."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from bot.cli.console import UNINSTALLED, LogLevel, load
from bot.cli.process import (
    STOP_S,
    ask_to_end,
    disable_core_dumps,
    set_up_for_many,
    settle_memory,
    share_heaps,
    stop_in_time,
    until_asked_to_end,
)
from bot.config import Config, worker_dir, worker_name_at

if TYPE_CHECKING:
    from bot.app.host_start import HostStart
    from bot.start import Start

HANDOVER_S = 25.0
"""Seconds that the stop of a worker may take: others take its shards first."""


def run_until_asked(path: Path, log: LogLevel, *, as_json: bool, worker: str | None = None) -> None:
    """Run until Ctrl-C or SIGTERM. ``worker``: the name of a worker, or empty for the usual one.

    Raises why it could not start, or ended by itself.
    """
    from bot.cli.first_checks import checked_config
    from bot.logs import set_up_logs

    share_heaps()
    disable_core_dumps()
    set_up_logs(log, as_json=as_json)
    config = checked_config(path, os.environ, of_worker=worker is not None)
    start = _start_of(config, worker, on_end=ask_to_end, on_start=settle_memory)
    with ExitStack() as running:
        running.callback(stop_in_time, start.stop, STOP_S if worker is None else HANDOVER_S)
        # Signals are handled before the bot connects, so that it can be stopped while it connects.
        reload = partial(start.reload_prompts, partial(load, path))
        wait_for_the_end = running.enter_context(until_asked_to_end(on_hangup=reload))
        start.begin()
        wait_for_the_end()
    if start.failure:
        raise start.failure
    if start.bot and start.bot.uninstalled:
        raise typer.Exit(UNINSTALLED)


def _start_of(
    config: Config, worker: str | None, *, on_end: Callable[[], None], on_start: Callable[[], None]
) -> "Start | HostStart":
    """Return what starts a bot, a host of many workspaces, or a worker."""
    if worker is not None:
        return _start_of_worker(config, worker, on_end=on_end, on_start=on_start)
    if config.hosting:
        from bot.app.host_start import HostStart
        from bot.app.hosting import build_host

        set_up_for_many()
        return HostStart(partial(build_host, config), config.data_dir, on_end, on_start=on_start)
    from bot.start import Start

    return Start(config, on_end, on_start=on_start)


def _start_of_worker(
    config: Config, name: str, *, on_end: Callable[[], None], on_start: Callable[[], None]
) -> "HostStart":
    from bot.cli.installations import require_packages

    require_packages()
    from bot.app.cluster.building import build_worker
    from bot.app.host_start import HostStart

    me = worker_name_at(config.path, name or None, os.environ)
    set_up_for_many()
    return HostStart(partial(build_worker, config, me), worker_dir(config, me), on_end, on_start=on_start)
