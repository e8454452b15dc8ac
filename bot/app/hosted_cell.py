"""One cell among many: its files are open while they are needed, and its next time is known in memory."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import cast

from bot.app.arrivals import note_missing, prepare_cell, rest_after_arrival, teams_to_serve
from bot.app.asking import Asking
from bot.app.built_cell import Built, build_cell
from bot.app.coverage import Coverage
from bot.app.hooks import Doubt, Hooks
from bot.app.process import Process
from bot.app.troubles import Troubles
from bot.app.workspace import Workspace
from bot.config import cell_config, cell_dir, refuse_link
from bot.core.cells import CellKey, next_slot
from bot.errors import AlreadyRunningError, BotError, SlackError, StoppingError, StoreError
from bot.ports import Timer
from bot.service.run_due import next_look
from bot.service.without_slack import scrub_due
from bot.slack.context import ListenerContext
from bot.slack.install.installation import BotInstallation
from bot.slack.install.routing import Source
from bot.slack.transport.remembered import Remembered
from bot.store.lock import InstanceLock, hold_count, is_wanted

RETRY = timedelta(minutes=1)
"""How soon a cell is looked at again in which something is left to do, or that could not be opened."""

LOOK_EVERY = timedelta(hours=1)
"""How often a cell is looked at in which nothing is due: for its channels, data and daily proof."""

IDLE_S = 60.0
"""Seconds after which the files of a cell that nobody uses are closed."""

ANOTHER_FILE = frozenset({"replaced", "damaged"})
"""Codes of errors after which a cell is built anew: what is in memory is not of the file that is there."""


class HostedCell:
    """A cell that one process serves together with others. Safe for threads.

    Its files are open between ``acquire`` and ``release``, and for a while after; then it holds the lock of
    its directory, too. ``next_at``: when to look what is due in it (UTC).
    """

    def __init__(self, key: CellKey, process: Process, hooks: Hooks) -> None:
        """Open nothing yet; it is due at once."""
        self.key = key
        self.folder: Path = cell_dir(process.config, key)
        self.installations: tuple[BotInstallation, ...] = ()
        self.next_at = process.clock.now()
        self.last_used_s = monotonic()
        self.left = frozenset[str]()
        self.coverage = Coverage()
        self.doubt = Doubt.NONE
        self.asking = Asking(key, self.next_at)
        self.troubles = Troubles(key)
        self.remembered = Remembered(process.clock.now)
        self._process = process
        self._hooks = hooks
        self._opening = Lock()  # held while it is opened or closed, which may take long; not for the loop
        self._counting = Lock()  # held for a moment only
        self._using = 0
        self._is_open = False
        self._yields = False
        self._stopped = False
        self._outdated = False
        self._woken = False
        self._instance: InstanceLock | None = None
        self._held_before = 0
        self._built: Built | None = None

    @property
    def is_open(self) -> bool:
        """Whether its files may be open, and its lock is held."""
        return self._instance is not None

    @property
    def trouble(self) -> str:
        """A code that says why it is not served: its files, or its token. Empty if it is."""
        return self.troubles.first

    @property
    def yields(self) -> bool:
        """Whether a command works on its directory, or waits for it."""
        return self._yields

    def try_acquire(self) -> bool:
        """Begin to use it if it is open, without waiting; return whether it is."""
        with self._counting:
            usable = self._is_open and not (self._yields or self._outdated)
            self._using += usable
            return usable

    def acquire(self) -> None:
        """Begin to use it; open it where it is not. Call ``release`` afterwards.

        Raises ``BotError`` where it cannot be opened; the others go on.
        """
        try:
            self._hooks.make_room(self)
            with self._opening:
                if self._outdated and self._close_unused():
                    self._give_up_lock()
                if not self._is_open:
                    self._open()
                elif self._yields:
                    raise AlreadyRunningError("A command waits for this workspace.")
                with self._counting:
                    self._is_open = True
                    self._using += 1
        finally:
            self._hooks.opened(self)

    def release(self) -> None:
        """End a use."""
        with self._counting:
            self._using -= 1
            self.last_used_s = monotonic()

    @contextmanager
    def used(self) -> Iterator[Built]:
        """Use it inside the block. Raises ``BotError`` as ``acquire`` does."""
        self.acquire()
        try:
            yield self.built
        finally:
            self.release()

    @property
    def built(self) -> Built:
        """What is in memory of it. Only while it is used."""
        assert self._built is not None
        return self._built

    def context_of(self, source: Source) -> tuple[Workspace, ListenerContext] | None:
        """Return the workspace of a request with the context of its listeners, if it is served.

        Call it while the cell is used. A request that names no workspace is handled in one that is served:
        somebody of another company may have clicked.
        """
        built = self.built
        known = (one for one in (*source.perhaps, *built.workspaces) if one in built.workspaces)
        team = source.workspace or next(known, "")
        return (built.workspaces[team], built.contexts[team]) if team in built.workspaces else None

    @property
    def has_tasks(self) -> bool:
        """Whether something runs in it that nobody waits for, such as what follows an answer to a click."""
        return self._built is not None and self._built.has_tasks

    @property
    def wide(self) -> BotInstallation | None:
        """The installation of the whole organisation, if there is one that can be used."""
        whole = (one for one in self.installations if one.is_enterprise_install and not one.trouble)
        return next(whole, None)

    def rest(self, *, idle_s: float = IDLE_S) -> bool:
        """Close its files and give up its lock if nobody has used it for so long.

        Return whether it is closed. What is in memory stays, such as receipts.
        """
        if not self._opening.acquire(blocking=False):
            return False  # somebody opens it
        try:
            built = self._built
            if self._instance is None:
                return True
            if built is None or built.is_busy or monotonic() - self.last_used_s < idle_s:
                return False
            if not self._close_unused():
                return False
            self._give_up_lock()
            return True
        finally:
            self._opening.release()

    def look_for_commands(self) -> bool:
        """Return whether a command that had its directory has ended; let go of it where one waits."""
        wanted, waited = is_wanted(self.folder), self._yields
        if wanted:
            self._yields = True
            self.rest(idle_s=0)
        return waited and not wanted

    def take_back(self) -> None:
        """Serve it again after a command."""
        self._yields = False
        self._hooks.wake(self)

    def look(self) -> None:
        """Do what is due in it, and note when to look again. A failure is logged, and it is tried again."""
        began = self._process.clock.now()
        self.next_at = began + RETRY
        self._woken = False
        try:
            self._look_once(began)
        finally:
            if self._stopped:
                self.next_at = began  # what was cut short is due at once for whoever owns it next

    def _look_once(self, began: datetime) -> None:
        with self.used() as built:
            try:
                self._look(built)
                next_at = self._next(built, began)
            except StoppingError:
                raise
            except BotError as error:
                if not isinstance(error, SlackError):
                    self.troubles.note_failure(error)
                    self._outdated = error.code in ANOTHER_FILE
                raise
            self.troubles.failure = ""
            self.next_at = self._process.clock.now() if self._woken else next_at

    def _look(self, built: Built) -> None:
        now = self._process.clock.now()
        if self.asking.needs_tokens(now):
            self.doubt = max(self.doubt, Doubt.MAYBE)
        if self.doubt is not Doubt.NONE:
            self.asking.tokens_at = now
            self._hooks.before_look(self)
        if built.workspaces:  # none is left once the last one was uninstalled
            built.cell.run_due(refreshes=self.asking.takes_turn(now))
        else:
            scrub_due(built.cell.services)

    def _next(self, built: Built, now: datetime) -> datetime:
        """Return when to look again; ``now``: when this look began. What became due since is due at once."""
        services = built.cell.services
        times = [next_slot(now, LOOK_EVERY, self.key)]
        if due := next_look(services, now, RETRY):
            times.append(due)
        if (soonest_s := built.limiter.soonest_s()) is not None:
            times.append(now + timedelta(seconds=soonest_s))
        if built.cell.has_more_channels():
            times.append(self.asking.channels_at)
        if self.doubt is Doubt.TOLD or self.troubles.refusal:
            times.append(now + RETRY)
        return min(times)

    def wake(self) -> None:
        """Note that it is due now, also where it is being looked at already."""
        self._woken = True
        self.next_at = self._process.clock.now()

    def stop(self) -> None:
        """Let nothing begin in it any more, and give up waiting."""
        self._stopped = True
        if built := self._built:
            built.stop()

    def stop_calls(self) -> None:
        """Give up every call to Slack."""
        if built := self._built:
            built.stop_calls()

    def close(self) -> bool:
        """Close everything if nobody uses it; return whether it is closed."""
        with self._opening:
            with self._counting:
                if self._using:
                    return False
                self._is_open = False
            self._discard()
            self._give_up_lock()
            return True

    def replace_installations(
        self, installations: Collection[BotInstallation], left: frozenset[str] = frozenset()
    ) -> None:
        """Serve it with these installations from now on. Call it outside the loop.

        ``left``: the workspaces that belong to another cell now, and of which the rounds are to end here.
        Raises ``BotError`` where its facts cannot be read.
        """
        before, self.installations = self.installations, tuple(installations)
        came, self.left = left - self.left, left
        if came:
            self.doubt = max(self.doubt, Doubt.MAYBE)
            self.wake()
        if before == self.installations:
            return
        unreadable = next((one.trouble for one in self.installations if one.trouble), None)
        self.troubles.note_refusal(unreadable.code if unreadable else "")
        with self._opening:
            if self._built:
                self._built.serve_only(self._wanted())

    def stop_serving(self, gone: Collection[BotInstallation]) -> None:
        """Serve nobody with these installations any more. Call it outside the loop."""
        self.built.serve_only({team: one for team, one in self._wanted().items() if one not in gone})

    def _wanted(self) -> Mapping[str, BotInstallation]:
        return teams_to_serve(self.installations, self.folder, self.left)

    def _open(self) -> None:
        """Open it: lock its directory, and build what is in memory of it, unless that is there."""
        if self._stopped:
            raise StoppingError
        try:
            self._open_or_fail()
        except BotError as error:
            if not isinstance(error, StoppingError):
                self.troubles.note_closed(error)
                self._outdated = error.code in ANOTHER_FILE
            raise
        self.troubles.closed = ""
        if self._stopped and self._built:
            self._built.stop()

    def _open_or_fail(self) -> None:
        if is_wanted(self.folder):
            self._yields = True
            raise AlreadyRunningError("A command is working on this workspace now.")
        refuse_link(self.folder)
        prepare_cell(self.folder, lambda: self._hooks.has_installation(self))
        with ExitStack() as locked:
            instance = locked.enter_context(InstanceLock(self.folder))
            count = hold_count(self.folder)
            if self._outdated or count != self._held_before or not self._reopened():
                self._discard()  # a command has worked on these files, or they are others
            if self._built is None:
                self._built = self._build()
            self._held_before, self._outdated = count, False
            locked.pop_all()
        self._instance = instance

    def _reopened(self) -> bool:
        """Open the files of what is in memory; return whether they are the same. Raises ``StoreError``."""
        try:
            if self._built:
                self._built.reopen()
        except StoreError as error:
            if error.code not in ANOTHER_FILE:
                raise
            return False
        return True

    def _build(self) -> Built:
        process, today = self._process, self._process.clock.now().date()
        note_missing(process.config, self.key, self.installations, today, process.arrives)
        built = build_cell(
            process,
            self.key,
            cell_config(process.config, self.key),
            cast(Timer, self),
            partial(self._hooks.wake, self),
            lambda _: self._hooks.doubt(self),
        )
        built.cell.remembered = self.remembered  # which stays when the cell is built anew
        built.cell.refreshed = self.asking.channels
        try:
            rest_after_arrival(built.files.store, self.folder)
            built.serve_only(self._wanted())
        except BaseException:
            built.close()
            raise
        return built

    def arm(self, times: Sequence[datetime]) -> None:
        """Look what is due at the first of these times, if not before (the Timer port)."""
        if times and times[0] < self.next_at:
            self.next_at = times[0]
            self._hooks.rearm(self)

    def _close_unused(self) -> bool:
        """Close the files if nobody uses them; return whether all are closed."""
        with self._counting:
            if self._using or self._built is None:
                return False
            self._is_open = False
        files = self._built.files
        closed = [files.store.close_idle(), files.boxes.close_idle(), files.audiences.close_idle()]
        if not all(closed):
            self._is_open = True
        return all(closed)

    def _discard(self) -> None:
        """Forget what is in memory, and close the files."""
        built, self._built = self._built, None
        if built:
            built.close()
            self._process.garbage.note_discarded()

    def _give_up_lock(self) -> None:
        instance, self._instance = self._instance, None
        if instance:
            instance.__exit__(None, None, None)
