"""One of several workers: it serves the cells of the shards that it owns, and passes other requests on."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from time import monotonic

from starlette.responses import Response

from bot.app.cluster.elsewhere import FORWARDED
from bot.app.host import Host
from bot.app.process import Process
from bot.cluster.balance import balance
from bot.cluster.forward import Answer, Forwarded
from bot.cluster.ownership import Ownership, Route, View, Worker
from bot.config import Config, cell_dir
from bot.core.cells import CellKey, shard_of
from bot.errors import BotError, StoppingError
from bot.slack.install.installation import BotInstallation

log = logging.getLogger(__name__)

TURN_S = 0.5
"""Seconds between two looks at the cluster where nothing moves."""

MOVING_S = 0.1
"""The same while shards change hands: requests wait for them."""

LOOK_S = 0.1
"""A request that waits for a shard asks PostgreSQL no more often."""

INSTALLATIONS_S = 1.0
"""Seconds between two looks whether another worker has stored an installation."""

HANDOVER_S = 20.0
"""How long a stop waits until others have taken what this worker gives."""


class ClusterWorker:
    """A host among several. Call ``start`` and ``stop`` once each.

    It has what ``HostStart`` uses of a ``Host``.
    """

    uninstalled = False

    host: Host

    def __init__(self, me: Worker, process: Process) -> None:
        """Be this worker; ``join`` gives it what it serves with."""
        self.me = me
        self._process = process
        self._config: Config = process.config
        self._ownership: Ownership
        self._routes: Mapping[int, Route] = {}
        self._view: View | None = None
        self._looked_s = 0.0
        self._changing = asyncio.Lock()
        self._leaving = False

    def join(self, host: Host, ownership: Ownership) -> None:
        """Serve with this host the shards that this ownership owns."""
        self.host, self._ownership = host, ownership
        host.before_directory = self._bind

    @property
    def failure(self) -> BotError | None:
        """Why it ended by itself."""
        return self.host.failure

    @property
    def on_end(self) -> Callable[[], None]:
        """What is called when it ends by itself."""
        return self.host.on_end

    @on_end.setter
    def on_end(self, end: Callable[[], None]) -> None:
        self.host.on_end = end

    def start(self) -> None:
        """Join the cluster, listen, and serve what it comes to own.

        Raises ``BotError`` where PostgreSQL or the address cannot be used; call ``release`` then.
        """
        loop = self._process.loop
        loop.run(self._ownership.connect())
        self.host.start()
        for work in (self._ownership.keep(), self._take_turns(), self._watch_installations()):
            loop.submit(work)

    def release(self) -> None:
        """Release everything after a failed start."""
        self.host.release()

    def works(self) -> bool:
        """Return what the host says."""
        return self.host.works()

    def reload_prompts(self, read: Callable[[], Config]) -> None:
        """Do what the host does."""
        self.host.reload_prompts(read)

    def stop(self) -> None:
        """Hand everything over to the other workers, and stop. Requests are answered until the others are."""
        self._leaving = True
        self.host.line.rest()
        with suppress(StoppingError):
            self._process.loop.run(self._hand_over())
        self.host.stop()

    async def install(self, installation: BotInstallation) -> None:
        """Take up a stored installation, or leave that to the worker that owns its cell."""
        if self.host.cells.serves(installation.cell):
            await self.host.install(installation)
        else:
            await asyncio.to_thread(self.host.reread)

    def routes(self) -> Mapping[int, Route]:
        """Return who owns each shard, as far as is known."""
        return self._routes

    async def look(self) -> None:
        """Look who owns what now, and whether there are new installations, unless that was just done."""
        if monotonic() - self._looked_s < LOOK_S:
            return
        self._looked_s = monotonic()
        with suppress(BotError):
            self._routes = (await self._ownership.look()).routes
        await asyncio.to_thread(self._reread)

    async def handle(self, asked: Forwarded) -> Answer:
        """Answer what another worker passes on."""
        response = await self.host.line.answer(asked.headers, asked.body, FORWARDED)
        return _answer_of(response)

    async def open_shard(self, shard: int) -> None:
        """Serve the cells of a shard, whose storage is locked for this worker."""
        async with self._changing:
            await asyncio.to_thread(self.host.cells.open_shard, shard)
        self.host.ring_soon()
        log.info("shard taken", extra={"shard": shard})

    async def close_shard(self, shard: int) -> None:
        """Finish what is under way in a shard, and open no file of it any more."""
        async with self._changing:
            await asyncio.to_thread(self._close_shard, shard)
        log.info("shard given", extra={"shard": shard})

    def _close_shard(self, shard: int) -> None:
        self.host.cells.close_shard(shard, self.host.requests.are_under_way)

    def note_cut_off(self) -> None:
        """Serve on what is owned: nobody else can open it while its storage is locked."""

    async def _take_turns(self) -> None:
        while True:
            try:
                await self._take_turn()
            except BotError:  # logged when the session was lost
                self._view = None
            except Exception as error:  # noqa: BLE001 - the next turn must come in any case
                log.error("turn failed", extra={"code": type(error).__name__})  # noqa: TRY400
            await asyncio.sleep(MOVING_S if self._is_moving() else TURN_S)

    async def _take_turn(self) -> None:
        self._view = view = await balance(self._ownership, self.me.id, self)
        self._routes = view.routes

    def _is_moving(self) -> bool:
        view = self._view
        return view is not None and (bool(view.draining) or self._leaving or bool(view.free))

    async def _watch_installations(self) -> None:
        while True:
            await asyncio.to_thread(self._reread)
            await asyncio.sleep(INSTALLATIONS_S)

    def _reread(self) -> None:
        """Serve what another worker has stored."""
        self.host.reread()

    async def _hand_over(self) -> None:
        """Give all shards, and wait until others have taken them, as far as there are others."""
        try:
            await self._ownership.drain(self.me.id)
        except BotError:
            return  # without PostgreSQL nobody can take them
        until_s = monotonic() + HANDOVER_S
        while monotonic() < until_s and not self._is_handed_over():
            await asyncio.sleep(MOVING_S)

    def _is_handed_over(self) -> bool:
        view = self._view
        if view is None:
            return True
        others = view.alive - view.draining - {self.me.id}
        return not others or not (self._ownership.owned or view.free)

    def _bind(self, key: CellKey) -> None:
        """Store that cells of this shard lie on the storage of this worker, before the first one is made.

        Raises ``StoreError`` without PostgreSQL.
        """
        if not cell_dir(self._config, key).exists():
            self._process.loop.run(self._ownership.bind(shard_of(key)))


def _answer_of(response: Response) -> Answer:
    headers = [(name, value) for name, value in response.headers.items() if name == "content-type"]
    return Answer(response.status_code, headers, bytes(response.body))
