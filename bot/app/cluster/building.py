"""Build one of several workers from its configuration."""

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Unpack

from bot.app.cells import Limits
from bot.app.cluster.compared import digests
from bot.app.cluster.elsewhere import Elsewhere
from bot.app.cluster.moving import Moving, locked
from bot.app.cluster.worker import ClusterWorker
from bot.app.hosting import Parts, host_of, hosting_of, listen_for, process_of, protect_and_count
from bot.app.layouts import refuse_other_layout
from bot.app.time import system_clock
from bot.clock import CheckedClock, uptime_s
from bot.cluster.addresses import Addresses
from bot.cluster.database import engine_of, upgrade
from bot.cluster.forward import PATH, Forwarder, Receiver
from bot.cluster.installations import InstallationsDatabase
from bot.cluster.introduction import Introduction
from bot.cluster.joining import Joining
from bot.cluster.ownership import Ownership, Worker
from bot.cluster.sending import sender
from bot.cluster.transfer import PATH as MOVE_PATH
from bot.cluster.watchdog import Watchdog
from bot.config import Config, cells_dir, check_tokens, worker_address, worker_dir
from bot.errors import AlreadyRunningError, ClusterError, ConfigError, TokenKeyError
from bot.keys import TokenSealer
from bot.ports import Clock
from bot.slack.install.sqlalchemy_store import SharedSQLAlchemyStore
from bot.slack.install.store import SealedInstallations
from bot.store.lock import InstanceLock, prepare
from bot.store.storage import storage_id


def build_worker(
    config: Config,
    name: str,
    clock: Clock = system_clock,
    *,
    elapsed: Callable[[], float] = uptime_s,
    **parts: Unpack[Parts],
) -> ClusterWorker:
    """Return the worker of this name, which owns no shard yet. The other arguments are as of ``build_host``.

    Raises a ``BotError`` with a remedy, and leaves nothing open, where PostgreSQL cannot be reached, or where
    a worker of this name is running on this storage.
    """
    check_tokens(config)
    hosting, secrets = hosting_of(config), config.secrets
    if config.cluster is None:
        raise ConfigError("cluster is not set.", remedy="Write cluster: {} in config.yaml, or: belonging run")
    refuse_other_layout(config)
    most_open = protect_and_count()
    own = worker_dir(config, name)
    prepare(config.data_dir, cells_dir(config), own.parent, own)
    with ExitStack() as opened:
        _lock_name(opened, own, name)
        addresses = Addresses(secrets.cluster_keys)
        me = Worker(name, addresses.signed(name, worker_address(config, name)), storage_id(config.data_dir))
        checked = CheckedClock(clock, elapsed)
        engine = engine_of(secrets.database_url)
        opened.callback(engine.dispose)
        upgrade(engine)
        database = InstallationsDatabase(engine)
        installations = SealedInstallations(
            database,
            TokenSealer(secrets.token_keys),
            secrets.client_id,
            sdk_store=SharedSQLAlchemyStore,
        )
        installations.reseal_now()
        process = process_of(config, checked, opened, **(parts | Parts(arrives=database.arrives)))
        watchdog = Watchdog()
        opened.callback(watchdog.stop)  # the locks are gone by then
        watchdog.start()
        process.loop.submit(watchdog.keep())
        worker = ClusterWorker(me, process)
        ownership = Ownership(
            secrets.database_url,
            me,
            partial(locked, config, me.storage),
            on_cut_off=worker.note_cut_off,
            on_taken=worker.close_shard,
            on_view=worker.note_view,
            joining=Joining(name, addresses, system_clock, opens_tokens=_opens_tokens(installations)),
        )
        opened.callback(lambda: process.loop.finish(ownership.close()))  # once the files are closed
        host = host_of(process, installations, Limits(most_open, ()), opened)
    forwarder = Forwarder(process.connections.http, secrets.cluster_keys, checked.now)
    send_to = partial(sender, process.connections.http, secrets.cluster_keys)
    moving = Moving(me, config, ownership, worker, send_to, elapsed)
    introduction = Introduction(
        name, me.address, addresses, forwarder, digests(config), lambda: ownership.view
    )
    worker.join(host, ownership, forwarder, moving, introduction)
    elsewhere = Elsewhere(host, me.id, forwarder, process.languages, worker.routes, worker.reread)
    host.requests.elsewhere = elsewhere.answer
    receiver = Receiver(me.id, secrets.cluster_keys, checked.now, worker.handle)
    receivers = {PATH: receiver.receive, MOVE_PATH: moving.arriving.receive}
    listen_for(host, process, hosting, worker.install, receivers)
    return worker


def _opens_tokens(installations: SealedInstallations) -> bool:
    """Return whether the keys here open a stored token, or none is stored."""
    stored = installations.list_now()
    return not stored or any(not isinstance(one.trouble, TokenKeyError) for one in stored)


def _lock_name(opened: ExitStack, own: Path, name: str) -> None:
    """Lock a worker's own directory. Raises ``ClusterError`` where one of this name runs on this storage."""
    try:
        opened.enter_context(InstanceLock(own))
    except AlreadyRunningError:
        raise ClusterError(
            f"Another worker called {name} runs on this storage.",
            remedy="Stop it first, or give each worker a name of its own: BELONGING_WORKER",
        ) from None
