"""Faults built into the bot of a forked process, to prove that the harness would find them.

Each is applied after the imports and before the bot is built. None of them touches the code on disk.
"""

import logging
import secrets
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import replace
from threading import Thread
from typing import Any

from bot.core.model import MessageTs, ParticipationToken, ReplyId, Round
from bot.core.replies import Reply
from bot.keys import KeyFiles
from bot.ports import SealedReply, Services, Submission
from bot.service import close_rounds as endings
from bot.service import open_rounds as rounds
from bot.service import replies
from bot.service import run_due as due
from bot.slack.reply import listeners
from bot.store.ballots import BallotFiles

A_MOMENT_S = 0.02


def _acknowledged_before_it_is_stored() -> None:
    store = vars(listeners)["accept_reply"]

    def accept(*arguments: Any, **named: Any) -> "Future[Submission]":
        def later() -> None:
            time.sleep(A_MOMENT_S)
            store(*arguments, **named)

        Thread(target=later, daemon=True).start()
        told: Future[Submission] = Future()
        told.set_result(Submission.ACCEPTED)
        return told

    vars(listeners)["accept_reply"] = accept


def _recorded_before_it_is_posted() -> None:
    def announce(services: Services, round_: Round) -> Round:
        announced = replace(round_, announcement=MessageTs("1"))
        with services.store.transaction("mutant") as tx:
            tx.update_round(announced)
        services.messenger.announce(round_)
        return announced

    for module in (due, rounds):
        vars(module)["announce"] = announce


def _posted_without_a_record() -> None:
    post_once = vars(endings)["post_once"]

    def say_and_forget(services: Services, what: Any, send: Any, _record: Any, **more: Any) -> None:
        post_once(services, what, send, lambda _tx, _message: None, **more)

    vars(endings)["post_once"] = say_and_forget


def _key_left_after_the_close() -> None:
    type.__setattr__(KeyFiles, "destroy", lambda _vault, _round_id: None)


def _key_destroyed_before_the_result_is_stored() -> None:
    count = vars(endings)["_count"]

    def count_late(services: Services, round_: Round) -> Round:
        found = services.boxes.list_replies(round_.id)
        plaintexts = services.vault.unseal(round_.id, found)
        services.vault.destroy(round_.id)
        vault: Any = _Opened(services.vault, plaintexts)
        return count(replace(services, vault=vault), round_)  # type: ignore[no-any-return]

    vars(endings)["_count"] = count_late


class _Opened:
    """A vault whose keys are gone, and that remembers what they opened."""

    def __init__(self, vault: Any, plaintexts: tuple[bytes, ...]) -> None:
        self._vault, self._plaintexts = vault, plaintexts

    def unseal(self, *_: Any) -> tuple[bytes, ...]:
        return self._plaintexts

    def __getattr__(self, name: str) -> Any:
        return getattr(self._vault, name)


def _repeated_reply_counted_again() -> None:
    submit = BallotFiles.submit

    def submit_anew(boxes: BallotFiles, round_id: Any, token: Any, reply: SealedReply, **named: Any) -> Any:
        if boxes.has_replied(round_id, token):
            token = ParticipationToken(secrets.token_bytes(32))
        return submit(boxes, round_id, token, reply, **named)

    name = "parse_form_metadata"
    vars(listeners)[name] = _with_another_receipt(vars(listeners)[name])
    type.__setattr__(BallotFiles, "submit", submit_anew)


def _with_another_receipt(parse: Callable[[str], Any]) -> Callable[[str], Any]:
    return lambda metadata: replace(parse(metadata), receipt=ReplyId(secrets.token_bytes(16)))


def _text_in_the_log() -> None:
    store = vars(listeners)["accept_reply"]

    def accept(services: Services, round_id: Any, member: Any, draft: Any, receipt: Any, **named: Any) -> Any:
        logging.getLogger("bot.slack.reply.listeners").info(f"stored {draft.text}")  # noqa: G004 - the fault itself
        return store(services, round_id, member, draft, receipt, **named)

    vars(listeners)["accept_reply"] = accept


def _lost_and_doubled() -> None:
    """Whoever answers as somebody before is stored with the words of that one: every number is right."""
    encode = vars(replies)["encode_reply"]
    before: dict[tuple[object, ...], Reply] = {}

    def encode_another(reply: Reply) -> bytes:
        return encode(before.setdefault(tuple(reply.answers.items()), reply))  # type: ignore[no-any-return]

    vars(replies)["encode_reply"] = encode_another


def _fire_time_forgotten() -> None:
    """A round that a crash left unannounced is given up."""
    finish = vars(due)["_finish"]

    def finish_some(services: Services, round_: Round) -> None:
        if round_.announcement is not None:
            finish(services, round_)

    vars(due)["_finish"] = finish_some


MUTANTS: Mapping[str, Callable[[], None]] = {
    "acknowledged before it is stored": _acknowledged_before_it_is_stored,
    "recorded before it is posted": _recorded_before_it_is_posted,
    "posted without a record": _posted_without_a_record,
    "key left after the close": _key_left_after_the_close,
    "key destroyed before the result is stored": _key_destroyed_before_the_result_is_stored,
    "repeated reply counted again": _repeated_reply_counted_again,
    "one lost and another doubled": _lost_and_doubled,
    "text in the log": _text_in_the_log,
    "fire time forgotten": _fire_time_forgotten,
}
