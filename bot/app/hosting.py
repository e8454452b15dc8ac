"""Build the host of many workspaces from its configuration."""

import asyncio
import resource
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from threading import Lock
from typing import TypedDict, Unpack

from bot.app.adoption import adopt
from bot.app.arrivals import Arrives
from bot.app.cells import Limits
from bot.app.host import Host
from bot.app.layouts import refuse_other_layout
from bot.app.process import Process, SharedThreads
from bot.app.time import system_clock
from bot.clock import CheckedClock, uptime_s
from bot.config import Config, Hosting, PackRegistry, cells_dir, check_tokens, shipped_languages
from bot.daily_proof import Prover
from bot.errors import ConfigError
from bot.keys import TokenSealer
from bot.ports import Clock
from bot.proof_process import ProofProcess
from bot.slack.app import register_features
from bot.slack.client.calls import TIMEOUT_S, web_client
from bot.slack.client.proxies import route_to
from bot.slack.client.rate_limits import RateLimiter
from bot.slack.client.stoppable import StoppableAsyncClient
from bot.slack.client.under_way import MostUnderWay
from bot.slack.dispatch import CONTEXT
from bot.slack.install.flow import INSTALL_PATH, REDIRECT_PATH, InstallFlow, OnInstalled, SlackApp
from bot.slack.install.scopes import bot_scopes
from bot.slack.install.states import OneTimeStates
from bot.slack.install.store import SealedInstallations, lay_out
from bot.slack.startup import request_server_time
from bot.slack.transport.http_server import HttpServer, Receive, Site
from bot.slack.transport.session import Connections
from bot.slack.transport.setup import bolt_app_for_many, start_loop
from bot.slack.transport.workers import Wait
from bot.store.handles import most_open_cells, raise_handle_limit
from bot.store.installations import NAME as INSTALLATIONS
from bot.store.installations import InstallationsFile
from bot.store.lock import InstanceLock, prepare
from bot.timer import AlarmTimer

TIME_S = 5
"""Seconds that asking Slack for its time may take."""

UNDER_WAY = 2
"""How many messages a worker of a cluster has under way at once: as many may be posted again after a kill."""

SHARED_BY = 4
"""How many workspaces may have as many calls to Slack under way at once as a single one."""


class Parts(TypedDict, total=False):
    """Parts of a process in the place of the usual ones, as of ``bot.app.build``.

    ``new_limiter`` makes the rate limiter of a cell; ``arrives`` is that of a ``Process``.
    """

    new_limiter: Callable[[], RateLimiter] | None
    prover: Prover | None
    wait: Wait
    arrives: Arrives


def build_host(
    config: Config,
    clock: Clock = system_clock,
    *,
    elapsed: Callable[[], float] = uptime_s,
    **parts: Unpack[Parts],
) -> Host:
    """Return a host for this configuration, which holds the data directory.

    The arguments are those of ``bot.app.build``. Data of a single workspace in the directory become its first
    cell. Raises a ``BotError`` with a remedy, and leaves
    nothing open, when the directory is in use or cannot be used.
    """
    check_tokens(config)
    hosting = hosting_of(config)
    refuse_other_layout(config)
    most_open = protect_and_count()
    prepare(config.data_dir, cells_dir(config))
    with ExitStack() as opened:
        opened.enter_context(InstanceLock(config.data_dir))
        checked = CheckedClock(clock, elapsed)
        file = InstallationsFile(config.data_dir / INSTALLATIONS, lay_out)
        file.prepare()
        sealer = TokenSealer(config.secrets.token_keys)
        installations = SealedInstallations(file, sealer, config.secrets.client_id)
        installations.reseal_now()
        adopt(config, installations, checked.now().date())
        process = process_of(config, checked, opened, **parts)
        host = host_of(process, installations, Limits(most_open), opened)
    listen_for(host, process, hosting, host.install)
    return host


def hosting_of(config: Config) -> Hosting:
    """Return where people install the bot. Raises ``ConfigError`` for one workspace."""
    if config.hosting is None:
        raise ConfigError("workspaces is not set.", remedy="Set workspaces.public_url in config.yaml.")
    return config.hosting


def protect_and_count() -> int:
    """Let no crash write memory to disk; return how many cells may be open at once."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    return most_open_cells(raise_handle_limit())


def process_of(config: Config, clock: CheckedClock, opened: ExitStack, **parts: Unpack[Parts]) -> Process:
    """Return what the cells share, with the loop running; ``opened`` ends it."""
    wait = parts.get("wait", asyncio.sleep)
    route = route_to(config.slack.api_url)
    loop = start_loop(opened)
    threads = SharedThreads()
    connections = loop.run(Connections.open(route, threads, clock.listen, wait, shared_by_many=SHARED_BY))
    loop.at_end.append(connections.http.close)
    opened.callback(lambda: loop.finish(connections.close()))
    return Process(
        config=config,
        clock=clock,
        route=route,
        loop=loop,
        connections=connections,
        threads=threads,
        packs=PackRegistry(config.settings.packs),
        languages=shipped_languages(),
        prover=parts.get("prover") or ProofProcess(),
        proving=Lock(),
        new_limiter=parts.get("new_limiter") or partial(RateLimiter, time.monotonic),
        under_way=MostUnderWay(UNDER_WAY) if config.cluster else None,
        arrives=parts.get("arrives"),
    )


def host_of(process: Process, installations: SealedInstallations, limits: Limits, opened: ExitStack) -> Host:
    """Return a host that takes over what is ``opened``, and asks Slack for its time."""
    clock = process.clock
    client = web_client("", process.route, timeout_s=TIME_S, time_call=clock.listen)
    request_server_time(client)  # which decides what was signed before the start
    timer = AlarmTimer(clock.now, system_clock)
    return Host(process, client, installations, timer, limits, opened.pop_all())


def listen_for(
    host: Host,
    process: Process,
    hosting: Hosting,
    on_installed: OnInstalled,
    receivers: Mapping[str, Receive] | None = None,
) -> None:
    """Give the host its Bolt app, its pages for installing, and its server.

    ``receivers``: what the server takes from other workers, by path. Where there are any, each cell knows
    which requests were sent before it came here; else what was signed before the start is refused.
    """
    config, connections = process.config, process.connections
    client = StoppableAsyncClient("", process.route, connections.http, timeout_s=TIMEOUT_S, retry_handlers=[])
    client.time_call = process.clock.listen
    secrets = config.secrets
    app = SlackApp(
        client_id=secrets.client_id,
        client_secret=secrets.client_secret,
        scopes=bot_scopes(),
        public_url=hosting.public_url,
    )
    states = OneTimeStates(host.installations.file, process.clock.now, secrets.client_secret)
    flow = InstallFlow(app, client, host.installations, states, on_installed)
    host.requests.app = bolt_app_for_many(client)
    register_features(host.requests.app, lambda request: request.context[CONTEXT])
    site = Site(
        dispatch=host.requests.dispatch,
        pages={INSTALL_PATH: flow.handle_installation, REDIRECT_PATH: flow.handle_callback},
        receivers=receivers or {},
        readiness=host.readiness,
    )
    address = (config.slack.http_host, config.slack.http_port)
    started = None if receivers else process.clock.now()
    host.line = HttpServer(site, secrets.signing_secret, address, process.clock, started=started)
