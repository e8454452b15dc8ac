"""Build the host of many workspaces from its configuration."""

import asyncio
import resource
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from threading import Lock

from bot.app.adoption import adopt
from bot.app.cells import Limits
from bot.app.host import Host
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
from bot.slack.dispatch import CONTEXT
from bot.slack.install.flow import INSTALL_PATH, REDIRECT_PATH, InstallFlow, SlackApp
from bot.slack.install.scopes import bot_scopes
from bot.slack.install.states import OneTimeStates
from bot.slack.install.store import SealedInstallations, lay_out
from bot.slack.startup import request_server_time
from bot.slack.transport.http_server import HttpServer, Site
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

SHARED_BY = 4
"""How many workspaces may have as many calls to Slack under way at once as a single one."""


def build_host(
    config: Config,
    clock: Clock = system_clock,
    *,
    new_limiter: Callable[[], RateLimiter] | None = None,
    prover: Prover | None = None,
    elapsed: Callable[[], float] = uptime_s,
    wait: Wait = asyncio.sleep,
) -> Host:
    """Return a host for this configuration, which holds the data directory.

    The arguments are those of ``bot.app.build``; ``new_limiter`` makes the rate limiter of a cell. Data of a
    single workspace in the directory become its first cell. Raises a ``BotError`` with a remedy, and leaves
    nothing open, when the directory is in use or cannot be used.
    """
    check_tokens(config)
    if config.hosting is None:
        raise ConfigError("workspaces is not set.", remedy="Set workspaces.public_url in config.yaml.")
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash must not write memory to disk
    most_open = most_open_cells(raise_handle_limit())
    prepare(config.data_dir, cells_dir(config))
    limiters = new_limiter or partial(RateLimiter, time.monotonic)
    with ExitStack() as opened:
        opened.enter_context(InstanceLock(config.data_dir))
        checked = CheckedClock(clock, elapsed)
        file = InstallationsFile(config.data_dir / INSTALLATIONS, lay_out)
        file.prepare()
        sealer = TokenSealer(config.secrets.token_keys)
        installations = SealedInstallations(file, sealer, config.secrets.client_id)
        installations.reseal_now()
        adopt(config, installations, checked.now().date())
        process = _process(config, checked, limiters, prover or ProofProcess(), wait, opened)
        client = web_client("", process.route, timeout_s=TIME_S, time_call=checked.listen)
        request_server_time(client)  # which decides what was signed before the start
        timer = AlarmTimer(checked.now, system_clock)
        host = Host(process, client, installations, timer, Limits(most_open), opened.pop_all())
    _listen(host, process, installations, config.hosting)
    return host


def _process(
    config: Config,
    clock: CheckedClock,
    new_limiter: Callable[[], RateLimiter],
    prover: Prover,
    wait: Wait,
    opened: ExitStack,
) -> Process:
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
        prover=prover,
        proving=Lock(),
        new_limiter=new_limiter,
    )


def _listen(host: Host, process: Process, installations: SealedInstallations, hosting: Hosting) -> None:
    """Give the host its Bolt app, its pages for installing, and its server."""
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
    states = OneTimeStates(installations.file, process.clock.now, secrets.client_secret)
    flow = InstallFlow(app, client, installations, states, host.install)
    host.requests.app = bolt_app_for_many(client)
    register_features(host.requests.app, lambda request: request.context[CONTEXT])
    site = Site(
        dispatch=host.requests.dispatch,
        pages={INSTALL_PATH: flow.handle_installation, REDIRECT_PATH: flow.handle_callback},
        readiness=host.readiness,
    )
    address = (config.slack.http_host, config.slack.http_port)
    host.line = HttpServer(site, secrets.signing_secret, address, process.clock, started=process.clock.now())
