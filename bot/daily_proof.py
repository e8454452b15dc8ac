"""The proof that the running bot makes once a day, beside its work; how it ended is kept."""

import logging
from contextvars import copy_context
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Protocol

from bot.core.audit import Asked, LastProof
from bot.core.model import ChannelId, WorkspaceId
from bot.errors import DISK_CODES, BotError, SlackError, StoppingError
from bot.ports import Directory, Services
from bot.proof_process import Request, logging_now
from bot.service.people import audiences

log = logging.getLogger(__name__)

EVERY = timedelta(days=1)

Folders = tuple[Path, Path, Path]


class Prover(Protocol):
    """Makes a proof, and can be told to give up."""

    def run(self, request: Request) -> LastProof:
        """How the proof ended. Raises ``ProofError``, and ``StoppingError`` once it was stopped."""

    def stop(self) -> None:
        """Give up what is under way, and begin nothing more."""


class DailyProof:
    """Looks whether a proof is due, has it made beside the bot's work, and keeps how it ended."""

    def __init__(self, services: Services, workspace: WorkspaceId, folders: Folders, by: Prover) -> None:
        """``folders``: those of the data, the ballots and the keys; ``by``: who makes it."""
        self._desk = services
        self._workspace = workspace
        self._folders = folders
        self._by = by
        self._worker: Thread | None = None

    def look(self) -> None:
        """Begin a proof where the last one is a day old and none is under way.

        Who is in the channels is asked beside the bot's work, too, at the pace of this wake-up: of many
        channels, or of a slow Slack, the answer takes long, and a close must not wait for it.
        """
        now = self._desk.clock()
        with self._desk.store.read("last_proof") as tx:
            last = tx.fetch_proof()
        under_way = self._worker is not None and self._worker.is_alive()
        if under_way or (last and last.at <= now < last.at + EVERY):
            return
        self._worker = Thread(target=copy_context().run, args=(self._make, now), name="proof", daemon=True)
        self._worker.start()

    def _request(self, at: datetime) -> Request:
        with self._desk.store.read("channels_to_prove") as tx:
            channels = frozenset(tx.list_asked_channels())
        people, unasked = ask_who(self._desk.directory, self._workspace, channels)
        data_dir, ballots_dir, keys_dir = self._folders
        return Request(
            at=at,
            data_dir=data_dir,
            ballots_dir=ballots_dir,
            keys_dir=keys_dir,
            logging=logging_now(),
            people=people,
            unasked=unasked,
        )

    def wait(self) -> None:
        """Return when the proof under way has ended."""
        if self._worker:
            self._worker.join()

    def stop(self) -> None:
        """Give up the proof under way, and begin no other; the next start makes it."""
        self._by.stop()

    def _make(self, at: datetime) -> None:
        try:
            proof = self._by.run(self._request(at))
            with self._desk.store.transaction("proof") as tx:
                tx.put_proof(proof)
        except StoppingError:
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, the bot goes on with its work
            _say_that_it_failed(error)
            return
        for attack in proof.failed:
            log.error("proof failed", extra={"code": attack.replace(" ", "_")})


def _say_that_it_failed(error: Exception) -> None:
    """Name the reason by its code or class: its text may quote what was looked at."""
    code = error.code if isinstance(error, BotError) else type(error).__name__
    if isinstance(error, OSError):
        code = DISK_CODES.get(error.errno or 0, code)
    log.error("proof not made", extra={"code": code})


def ask_who(
    directory: Directory, workspace: WorkspaceId, channels: frozenset[ChannelId]
) -> tuple[Asked | None, str]:
    """Who could reply now in each of these channels; where Slack cannot be asked, why not.

    Raises ``StoppingError``.
    """
    try:
        return Asked(workspace=workspace, audiences=audiences(directory, channels)), ""
    except StoppingError:
        raise
    except SlackError as error:
        return None, f"Slack could not be asked who is in the channels ({error.reason})"
