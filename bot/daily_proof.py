"""Run the proof once a day in a thread, and store how it ended."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextvars import copy_context
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock, Thread
from typing import Protocol

from bot.core.audit import Asked, LastProof
from bot.core.model import ChannelId, WorkspaceId
from bot.errors import DISK_CODES, BotError, SlackError, StoppingError
from bot.ports import Directory, Services
from bot.proof_process import Request, logging_now
from bot.service.people import audiences

log = logging.getLogger(__name__)

EVERY = timedelta(days=1)

Folders = tuple[Path, Path, Path, Path | None]
"""The directories of the data, the ballots and the keys, and that of a host of many workspaces, if any."""


class Prover(Protocol):
    """Makes a proof, and can be stopped."""

    def run(self, request: Request) -> LastProof:
        """Return how the proof ended. Raises ``ProofError``, and ``StoppingError`` after ``stop``."""

    def stop(self) -> None:
        """Stop the proof that is running, and start no other."""

    def interrupt(self, data_dir: Path) -> None:
        """Stop the proof of this directory if it is running."""


class DailyProof:
    """Checks whether a proof is due, runs it in a thread, and stores how it ended."""

    def __init__(
        self,
        services: Services,
        workspace: WorkspaceId,
        folders: Folders,
        prover: Prover,
        give_way: Callable[[], None],
        proving: "Lock | None" = None,
    ) -> None:
        """Take the folders, and the prover.

        ``give_way`` waits until nothing that is due is being done. ``proving`` is held while a proof runs:
        of several cells with the same lock, one at a time is proved, and the others are at a later look.
        """
        self._services = services
        self._workspace = workspace
        self._folders = folders
        self._prover = prover
        self.give_way = give_way
        self._proving = proving or Lock()
        self._worker: Thread | None = None

    @property
    def is_running(self) -> bool:
        """Whether a proof runs now."""
        return self._worker is not None and self._worker.is_alive()

    def look(self) -> None:
        """Start a proof if the last one is a day old and none is running.

        The thread also asks Slack who is in the channels, within the rate limits of this wake-up. With many
        channels or a slow Slack this takes long. What is due must not wait for it, nor share the limits with
        it, so the thread gives way before each channel. What was asked meanwhile it does not ask again.
        """
        now = self._services.clock()
        with self._services.store.read("last_proof") as tx:
            last = tx.fetch_proof()
        if self.is_running or (last and last.at <= now < last.at + EVERY):
            return
        if not self._proving.acquire(blocking=False):
            return
        self._worker = Thread(target=copy_context().run, args=(self._make, now), name="proof", daemon=True)
        self._worker.start()

    def _request(self, at: datetime) -> Request:
        with self._services.store.read("channels_to_prove") as tx:
            channels = frozenset(tx.list_asked_channels())
        people, unasked = ask_audiences(self._services.directory, self._workspace, self._in_turn(channels))
        data_dir, ballots_dir, keys_dir, host_dir = self._folders
        return Request(
            at=at,
            data_dir=data_dir,
            ballots_dir=ballots_dir,
            keys_dir=keys_dir,
            host_dir=host_dir,
            logging=logging_now(),
            people=people,
            unasked=unasked,
        )

    def _in_turn(self, channels: Iterable[ChannelId]) -> Iterator[ChannelId]:
        for channel in channels:
            self.give_way()
            yield channel

    def interrupt(self) -> None:
        """Stop the proof that is running, which is made at a later look."""
        self._prover.interrupt(self._folders[0])

    def wait(self) -> None:
        """Wait until the proof that is running has ended."""
        if self._worker:
            self._worker.join()

    def stop(self) -> None:
        """Stop the proof that is running, and start no other. The next start of the bot runs it again."""
        self._prover.stop()

    def _make(self, at: datetime) -> None:
        try:
            self._prove(at)
        finally:
            self._proving.release()

    def _prove(self, at: datetime) -> None:
        try:
            proof = self._prover.run(self._request(at))
            with self._services.store.transaction("proof") as tx:
                tx.put_proof(proof)
        except StoppingError:
            return
        except Exception as error:  # noqa: BLE001 - the bot must continue after any error
            _log_failure(error)
            return
        for attack in proof.failed:
            log.error("proof failed", extra={"code": attack.replace(" ", "_")})


def _log_failure(error: Exception) -> None:
    """Log the code or class of an error, but not its text, because the text may quote the data."""
    code = error.code if isinstance(error, BotError) else type(error).__name__
    if isinstance(error, OSError):
        code = DISK_CODES.get(error.errno or 0, code)
    log.error("proof not made", extra={"code": code})


def ask_audiences(
    directory: Directory, workspace: WorkspaceId, channels: Iterable[ChannelId]
) -> tuple[Asked | None, str]:
    """Return who could reply now in each of these channels, or None and the reason if Slack cannot be asked.

    Raises ``StoppingError``.
    """
    try:
        return Asked(workspace=workspace, audiences=audiences(directory, channels)), ""
    except StoppingError:
        raise
    except SlackError as error:
        return None, f"Slack could not be asked who is in the channels ({error.reason})"
