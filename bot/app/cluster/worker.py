"""One of several workers: it serves the cells of the shards that it owns, and passes other requests on."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from threading import Lock

from starlette.responses import Response

from bot.app.arrivals import is_noted
from bot.app.cluster.elsewhere import FORWARDED
from bot.app.cluster.installed import Installed
from bot.app.cluster.looks import Looks
from bot.app.cluster.moving import Moving
from bot.app.host import Host
from bot.app.hosted_cell import HostedCell
from bot.app.process import Process
from bot.app.remembered import ShardMemory
from bot.cluster.balance import balance
from bot.cluster.forward import Answer, Forwarded, Forwarder, Kind
from bot.cluster.introduction import Introduction, silent_error
from bot.cluster.ownership import Ownership, Taken, Worker
from bot.cluster.view import Route, View
from bot.config import Config, cell_dir, shard_dir
from bot.core.cells import CellKey, shard_of
from bot.errors import BotError, StoppingError
from bot.slack.install.installation import BotInstallation
from bot.store.lock import LOCK_NAME, prepare

log = logging.getLogger(__name__)

TURN_S = 0.5
"""Seconds between two looks at the cluster where nothing moves."""

MOVING_S = 0.1
"""The same while shards change hands: requests wait for them."""

INSTALLATIONS_S = 1.0
"""Seconds between two looks whether another worker has stored an installation."""

OK = 200

GIVEN_S = 60.0
"""How long the memory of a shard waits for the next owner; later, others may have answered since."""

HANDOVER_S = 20.0
"""How long a stop waits until others have taken what this worker gives."""

INTRODUCED_S = 15.0
"""How long a worker that joins waits for one that PostgreSQL still counts as alive."""

NOTICED_S = 2.5
"""How long a stop still answers once the worker has said that it is not ready: a proxy looks each second."""


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
        self._ownership: Ownership
        self._forwarder: Forwarder
        self._moving: Moving
        self._introduction: Introduction
        self._installed: Installed
        self._view: View | None = None
        self._looks = Looks()
        self._changing = asyncio.Lock()
        self._binding = asyncio.Lock()
        self._leaving = False
        self._rereading = Lock()
        self._stored: frozenset[tuple[CellKey, str]] | None = None
        self._seen = asyncio.Event()
        self._memories: dict[int, ShardMemory] = {}
        self._given: dict[int, tuple[int, bytes, float]] = {}

    def join(
        self,
        host: Host,
        ownership: Ownership,
        forwarder: Forwarder,
        moving: Moving,
        introduction: Introduction,
    ) -> None:
        """Serve with this host the shards that this ownership owns."""
        self._introduction = introduction
        self.host, self._ownership, self._forwarder = host, ownership, forwarder
        host.rereads = False  # it is done here, at times that depend on nobody
        self._moving = moving
        self._installed = Installed(host, self.me.id, forwarder, self.routes)
        host.before_directory = self._bind
        host.after_deletions = self._settle_bindings
        host.before_serving = self._begin

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

        Raises ``BotError`` where PostgreSQL or the address cannot be used, or another worker cannot reach
        this one; call ``release`` then.
        """
        loop = self._process.loop
        loop.run(self._ownership.connect())
        loop.submit(self._ownership.keep())  # the host may take longer than PostgreSQL waits
        loop.run(self._moving.begin())
        self.host.start()
        loop.run(self._introduce())
        for work in (
            self._take_turns(),
            self._watch_installations(),
            self._moving.keep(),
        ):
            loop.submit(work)

    async def _introduce(self) -> None:
        """Take part once every other worker has tried this one. Raises ``BotError``."""
        loop = asyncio.get_running_loop()
        until = loop.time() + INTRODUCED_S
        while (view := self._view) and (silent := await self._introduction.ask(view)):
            if loop.time() >= until:
                raise silent_error(silent[0], view)
            await asyncio.sleep(TURN_S)
            await self._ownership.beat()
        await self._ownership.stay()

    def release(self) -> None:
        """Release everything after a failed start."""
        self.host.release()

    def works(self) -> bool:
        """Return whether it takes requests, and does what is due.

        Its share of the workspaces may be one whose token was revoked: no restart would mend that.
        """
        return self.host.is_running()

    def reload_prompts(self, read: Callable[[], Config]) -> None:
        """Do what the host does."""
        self.host.reload_prompts(read)

    def stop(self) -> None:
        """Hand everything over to the other workers, and stop. Requests are answered until the others are."""
        self._leaving = True
        self.host.line.rest()
        with suppress(StoppingError):
            self._process.loop.run(self._leave())
        self.host.stop()

    async def install(self, installation: BotInstallation) -> None:
        """Take up a stored installation, here or where its cell is served. Raises ``BotError``."""
        await self._installed.take_up(installation)

    def routes(self) -> Mapping[int, Route]:
        """Return who owns each shard, as far as is known."""
        return self._view.routes if self._view else {}

    def note_view(self, view: View) -> None:
        """Note what PostgreSQL says of the cluster."""
        self._view = view
        self._seen.set()

    async def reread(self, within_s: float) -> None:
        """Wait until new installations are known here; the next look at them comes without a request."""
        await self._looks.wait(within_s)

    async def handle(self, asked: Forwarded) -> Answer:
        """Answer what another worker asks.

        What is remembered of a shard is given once: later it would miss what others have answered since, and
        whoever writes to PostgreSQL could let somebody ask for it again.
        """
        if asked.kind is Kind.MEMORY:
            epoch, memory, given_s = self._given.get(asked.shard, (0, b"", 0.0))
            late = asyncio.get_running_loop().time() - given_s > GIVEN_S
            if asked.body != str(epoch).encode() or late:
                return Answer(404, [], b"")
            self._given.pop(asked.shard, None)
            return Answer(OK, [], memory)
        if asked.kind is Kind.JOINING:
            return await self._introduction.answer(asked.body)
        if asked.kind is Kind.CALL:
            return Answer(OK, [], b"")
        if asked.kind is Kind.INSTALLED:
            return await self._installed.answer(asked)
        return _answer_of(await self.host.line.answer(asked.headers, asked.body, FORWARDED))

    async def open_shard(self, shard: int, taken: Taken) -> None:
        """Serve the cells of a shard, whose storage is locked for this worker."""
        async with self._changing:
            self._memories[shard] = await self._memory_of(shard, taken.giver)
            self._given.pop(shard, None)  # nobody has asked for it in time
            await asyncio.to_thread(self.host.cells.open_shard, shard)
        self.host.ring_soon()
        log.debug("shard taken", extra={"shard": shard})

    async def _memory_of(self, shard: int, giver: Route | None) -> ShardMemory:
        """Return what the worker remembers that has given this shard; nothing where it does not answer."""
        memory = ShardMemory(self._process.clock.now())
        if giver is None:
            return memory
        asked = Forwarded(shard, {}, str(giver.epoch).encode(), Kind.MEMORY)
        try:
            if giver.worker == self.me.id:
                answer = await self.handle(asked)
            else:
                answer = await self._forwarder.forward(giver.worker, giver.address, asked)
            if answer.status == OK:
                memory.take_up(answer.body)
        except BotError as error:
            log.warning("memory not taken up", extra={"shard": shard, "code": error.code})
        return memory

    def _begin(self, cell: HostedCell) -> None:
        if memory := self._memories.get(shard_of(cell.key)):
            memory.begin(cell)

    async def close_shard(self, shard: int) -> None:
        """Finish what is under way in a shard, and open no file of it any more."""
        async with self._changing:
            host, epoch = self.host, self._ownership.owned.get(shard, 0)
            cells = await asyncio.to_thread(host.cells.close_shard, shard, host.requests.are_under_way)
            if memory := self._memories.pop(shard, None):
                now_s = asyncio.get_running_loop().time()
                self._given[shard] = (epoch, memory.give(cells), now_s)
        log.debug("shard given", extra={"shard": shard})

    def note_cut_off(self) -> None:
        """Serve on what is owned: nobody else can open it while its storage is locked."""
        self._seen.set()

    async def _take_turns(self) -> None:
        owned = 0
        while True:
            try:
                await balance(self._ownership, self.me.id, self)
                if owned != (owned := len(self._ownership.owned)):
                    log.info("shards owned", extra={"count": owned})
            except BotError:  # logged when the session was lost
                pass
            except Exception as error:  # noqa: BLE001 - the next turn must come in any case
                log.error("turn failed", extra={"code": type(error).__name__})  # noqa: TRY400
            await asyncio.sleep(MOVING_S if self._is_moving() else TURN_S)

    def _is_moving(self) -> bool:
        view = self._view
        return view is not None and bool(self._leaving or view.draining or view.free_on(self.me.storage))

    async def _watch_installations(self) -> None:
        while True:
            with self._looks.one():
                await asyncio.to_thread(self._reread)
            await asyncio.sleep(INSTALLATIONS_S)

    def _reread(self) -> None:
        """Serve what another worker has stored; a cell that is open here notes its new workspaces now."""
        with self._rereading:
            self.host.reread()
            before, stored = self._stored, self.host.cells.installations()
            self._stored = frozenset((one.cell, one.holder) for one in stored)
            if before is None:
                return  # each cell notes what is missing when it is opened
            for one in stored:
                if (one.cell, one.holder) not in before and self.host.cells.serves(one.cell):
                    self._note(one)

    def _note(self, installation: BotInstallation) -> None:
        try:
            if not is_noted(self._process.config, installation):  # it may be about to be removed
                self.host.note(installation)
        except BotError as error:  # the opening of the cell does it
            log.warning("installation not noted", extra={"cell": installation.cell, "code": error.code})
        self.host.ring_soon()

    async def _leave(self) -> None:
        """Hand everything over, and answer until a proxy asks the others, as far as there are others."""
        loop = asyncio.get_running_loop()
        noticed_s = loop.time() + NOTICED_S
        await self._moving.end()
        await self._hand_over()
        if self._view and self._storages_of_others(self._view):
            await asyncio.sleep(noticed_s - loop.time())

    async def _hand_over(self) -> None:
        """Give all shards, and wait until others have taken them, as far as there are others."""
        try:
            await self._ownership.drain(self.me.id)
        except BotError:
            return  # without PostgreSQL nobody can take them
        with suppress(TimeoutError):
            async with asyncio.timeout(HANDOVER_S):
                while not self._is_handed_over():
                    self._seen.clear()
                    await self._seen.wait()

    def _is_handed_over(self) -> bool:
        view = self._view
        if view is None or not self._ownership.is_connected:
            return True  # nobody can take anything now
        staying = self._storages_of_others(view)
        left = {*self._ownership.owned, *view.free_on(self.me.storage)}
        return not any(view.storages.get(shard) in {None, *staying} for shard in left) or not staying

    def _storages_of_others(self, view: View) -> set[str]:
        """Return the storages of the other workers that stay."""
        others = [one for name, one in view.workers.items() if name != self.me.id and one.is_alive]
        return {one.storage for one in others if not one.draining}

    def _bind(self, key: CellKey) -> None:
        """Make the directory of a cell; store before that cells of this shard lie on this worker's storage.

        Raises ``StoreError`` without PostgreSQL.
        """
        folder = cell_dir(self._process.config, key)
        if not folder.exists():
            self._process.loop.run(self._bind_and_make(shard_of(key), folder))

    async def _bind_and_make(self, shard: int, folder: Path) -> None:
        async with self._binding:
            await self._ownership.bind(shard)
            await asyncio.to_thread(prepare, folder)

    def _settle_bindings(self) -> None:
        """Tell PostgreSQL in which shards of this worker no cell is left, or a command has made one.

        Workers with another storage may take those without cells.
        """
        view = self._view
        if view is None or not self._ownership.is_connected:
            return
        for shard in self._ownership.owned:
            if (shard in view.storages) == self._is_empty(shard):
                self._process.loop.submit(self._settle_binding(shard))

    async def _settle_binding(self, shard: int) -> None:
        async with self._changing, self._binding:  # no cell is made meanwhile, here or by another worker
            if shard not in self._ownership.owned:
                return
            is_empty = await asyncio.to_thread(self._is_empty, shard)
            with suppress(BotError):  # it is tried again
                await (self._ownership.unbind(shard) if is_empty else self._ownership.bind(shard))

    def _is_empty(self, shard: int) -> bool:
        """Return whether nothing is in a shard: no cell, and nothing that was left of one."""
        try:
            return {path.name for path in shard_dir(self._process.config, shard).iterdir()} <= {LOCK_NAME}
        except OSError:
            return False


def _answer_of(response: Response) -> Answer:
    headers = [(name, value) for name, value in response.headers.items() if name == "content-type"]
    return Answer(response.status_code, headers, bytes(response.body))
