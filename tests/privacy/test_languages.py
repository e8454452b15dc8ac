"""A thief of the files, a reader of the log or a colleague looks for who reads which language.

The same people reply in the same way, twice. In the second run they have exchanged their languages. Nothing
that is stored, logged, published or sent to Slack unseen may differ by a byte.
"""

import io
import logging
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from gettext import NullTranslations
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from bot.cli.process import settle_memory
from bot.core.language import ENGLISH, Language, Languages
from bot.core.model import ChannelId, MemberId, Receipt, ReplyId, Round, RoundId
from bot.core.replies import Draft
from bot.keys import KeyFiles, audiences, rounds
from bot.ports import SealedReply, Services
from bot.service import replies
from bot.service.people import language_for
from bot.service.replies import Opening
from bot.slack.context import Body, ListenerContext
from bot.slack.directory.lookup import SlackDirectory
from bot.slack.kit.limits import Fitted
from bot.slack.reply import listeners, opening
from tests.languages import GERMAN, JAPANESE, translated
from tests.privacy.ballot import everything_in, stretch
from tests.world import CHANNEL, World, a_world, text_of

pytestmark = pytest.mark.attack

FIVE = ["U02TOMA", "U03INGR", "U04KWAM", "U05YUKI", "U06RUTH"]
SPOKEN = ["de-DE", "en-GB", "ja-JP", "ja-JP", "de-AT"]
FIRST = dict(zip(FIVE, SPOKEN, strict=True))
EXCHANGED = dict(zip(FIVE, SPOKEN[1:] + SPOKEN[:1], strict=True))
WORDS = "We say so sooner"
OVERHEAD = 1136
"""By so many bytes a sealed reply is longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """What a run leaves: files while the question is open and afterwards, unseen data, log, what is said."""

    titles: list[str]
    while_open: Mapping[str, bytes]
    afterwards: Mapping[str, bytes]
    metadata: list[str]
    log: list[str]
    said: list[str]


@pytest.fixture
def no_chance(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Keys, ids and seeds that are the same in each run, from where the returned function is called."""
    drawn = count()

    def restart() -> None:
        nonlocal drawn
        drawn = count()

    def token_bytes(size: int) -> bytes:
        return stretch(f"drawn {next(drawn)}".encode(), size)

    chance = SimpleNamespace(
        token_bytes=token_bytes,
        choice=lambda letters: letters[token_bytes(1)[0] % len(letters)],
        randbits=lambda bits: int.from_bytes(token_bytes(bits // 8)),
    )
    monkeypatch.setattr(rounds, "secrets", chance)
    monkeypatch.setattr(audiences, "secrets", chance)
    for name, real, from_seed in (
        ("MLKEM768PrivateKey", MLKEM768PrivateKey, "from_seed_bytes"),
        ("X25519PrivateKey", X25519PrivateKey, "from_private_bytes"),
    ):
        made = getattr(real, from_seed)
        size = 64 if real is MLKEM768PrivateKey else 32
        fixed = SimpleNamespace(generate=lambda made=made, size=size: made(b"k" * size), **{from_seed: made})
        monkeypatch.setattr(rounds, name, fixed)

    def seal(_: KeyFiles, _key: bytes, _round: RoundId, reply_id: ReplyId, plaintext: bytes) -> SealedReply:
        return SealedReply(id=reply_id, sealed=plaintext + stretch(reply_id, OVERHEAD))

    monkeypatch.setattr(KeyFiles, "seal", seal)
    monkeypatch.setattr(
        KeyFiles, "unseal", lambda _, __, replies: tuple(one.sealed[:-OVERHEAD] for one in replies)
    )
    return restart


Run = Callable[[Mapping[str, str]], Trace]


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, no_chance: Callable[[], None], log: io.StringIO
) -> Run:
    """Let five people who have set Slack to these locales reply; return what is left of it."""
    numbers = count()
    monkeypatch.setattr("bot.app.bot.shipped_languages", lambda: Languages([GERMAN, JAPANESE]))

    def live(locales: Mapping[str, str]) -> Trace:
        monkeypatch.setattr(SlackDirectory, "locale", lambda _, member: locales.get(member, "en-GB"))
        (folder := tmp_path / str(next(numbers))).mkdir()
        no_chance()
        log.seek(0)
        log.truncate()
        with a_world(folder) as world:
            world.move(minutes=1)
            ask_in_all_languages(world)
            titles, metadata = replies_of_all(world)
            while_open = kept(world)
            world.move(days=3)
            said = [text_of(message.blocks) for message in world.messages()]
            world.stop_bot()
            return Trace(
                titles=titles,
                while_open=while_open,
                afterwards=kept(world),
                metadata=metadata,
                log=sorted(line.partition(" ")[2] for line in log.getvalue().splitlines()),
                said=said,
            )

    return live


def kept(world: World) -> dict[str, bytes]:
    """Every file; of the database the rows, without those that tell when its tables were made."""
    copy = world.folder / f"copy-{len(list(world.folder.iterdir()))}"
    shutil.copytree(world.data_dir, copy)
    with closing(sqlite3.connect(copy / "belonging.db")) as database:
        rows = [line for line in database.iterdump() if "_sqlite_migrations" not in line]
    files = {name: held for name, held in everything_in(copy).items() if "belonging.db" not in name}
    return {**files, "belonging.db": "\n".join(rows).encode()}


def ask_in_all_languages(world: World) -> None:
    """Give the open question its texts in German and in Japanese."""
    assert world.bot
    with world.bot.services.store.transaction("test") as tx:
        (round_,) = tx.list_channel_rounds(ChannelId(CHANNEL))
        tx.update_round(replace(round_, prompt=translated(round_.prompt, "de", "ja"), several_languages=True))


def replies_of_all(world: World) -> tuple[list[str], list[str]]:
    """Reply, change and withdraw; return the titles of the forms, and what each view carries unseen."""
    titles, metadata = [], []
    for number, user in enumerate(FIVE):
        form = world.open_form(user)
        titles.append(str(form.body["title"]["text"]))
        metadata.append(str(form.body["private_metadata"]))
        sent = {"answers": ["4", "2", "5"], "text": WORDS * number, "quotable": bool(number % 2)}
        assert world.submit(user, form, **sent)["ok"]  # type: ignore[arg-type]
        thanks = world.workspace.stack(user)[-1]
        if number == 1:
            changing = world.press_for_modal(user, "reply.change", thanks)
            metadata.append(str(changing.body["private_metadata"]))
            assert world.submit(user, changing, answers=["1", "1", "1"])["ok"]
        if number == 2:
            world.press_for_modal(user, "reply.withdraw", thanks)
            world.close_modals(user)
            world.reply(user, answers=["3"])
        metadata.append(str(world.workspace.stack(user)[-1].body.get("private_metadata")))
        world.close_modals(user)
    return titles, metadata


def differing(one: Trace, other: Trace) -> set[str]:
    """In what two runs differ, apart from the words on the screens of those who replied."""
    parts = ("while_open", "afterwards", "metadata", "log", "said")
    return {part for part in parts if getattr(one, part) != getattr(other, part)}


def test_who_reads_which_language_changes_no_byte_of_what_is_stored_logged_or_published(run: Run) -> None:
    first, exchanged = run(FIRST), run(EXCHANGED)

    assert first.titles != exchanged.titles
    assert {"de: Without your name", "ja: Without your name", "Without your name"} == set(first.titles)
    assert any(name.startswith("ballots/") for name in first.while_open)
    assert set() == differing(first, exchanged)


def test_nor_does_whether_anybody_reads_another_language_change_a_ballot(run: Run) -> None:
    mixed, english = run(FIRST), run({})

    def ballots(trace: Trace) -> dict[str, bytes]:
        return {name: held for name, held in trace.while_open.items() if name.startswith("ballots/")}

    assert ballots(mixed)
    assert ballots(mixed) == ballots(english)
    assert mixed.metadata == english.metadata
    assert mixed.log == english.log


def in_the_reply(patch: pytest.MonkeyPatch) -> None:
    """Put the language beside the answers."""
    accept = vars(listeners)["accept_reply"]

    def accept_reply(
        services: Services, round_: Round, member: MemberId, draft: Draft, *given: Any, **named: Any
    ) -> Any:
        marked = replace(draft, text=draft.text + language_for(services, member).code)
        return accept(services, round_, member, marked, *given, **named)

    patch.setattr(listeners, "accept_reply", accept_reply)


def in_the_length(patch: pytest.MonkeyPatch) -> None:
    """Keep the answers in the words in which they were read, and not as numbers."""
    accept, encode = vars(listeners)["accept_reply"], vars(replies)["encode_reply"]
    reading: list[str] = []

    def accept_reply(services: Services, round_: Round, member: MemberId, *given: Any, **named: Any) -> Any:
        reading[:] = [language_for(services, member).gettext("Agree")]
        return accept(services, round_, member, *given, **named)

    patch.setattr(listeners, "accept_reply", accept_reply)
    patch.setattr(replies, "encode_reply", lambda reply: encode(reply) + reading[0].encode())


def in_the_order(patch: pytest.MonkeyPatch) -> None:
    """Give receipts by language, so that replies in one language lie together."""
    form_view = vars(opening)["form_view"]

    def by_language(context: ListenerContext, body: Body, opened: Opening, **named: Any) -> Any:
        if opened.receipt:
            code = context.language(body).code.encode()
            opened = replace(opened, receipt=Receipt(code + opened.receipt[2:]))
        return form_view(context, body, opened, **named)

    patch.setattr(listeners, "form_view", by_language)


def in_the_metadata(patch: pytest.MonkeyPatch) -> None:
    """Let a form carry its language with it."""
    form_view = vars(opening)["form_view"]

    def with_language(context: ListenerContext, body: Body, *given: Any, **named: Any) -> Any:
        view = form_view(context, body, *given, **named)
        opened = {"en": 0, "de": 1, "ja": 2}[context.language(body).code]
        return Fitted({**view, "private_metadata": f"{view['private_metadata']}.{opened}"})

    patch.setattr(listeners, "form_view", with_language)


def in_the_log(patch: pytest.MonkeyPatch) -> None:
    """Log in which language a form opens."""
    form_view = vars(opening)["form_view"]

    def logged(context: ListenerContext, body: Body, *given: Any, **named: Any) -> Any:
        logging.getLogger("bot.slack.reply").info("form opened", extra={"code": context.language(body).code})
        return form_view(context, body, *given, **named)

    patch.setattr(listeners, "form_view", logged)


def in_the_round(patch: pytest.MonkeyPatch) -> None:
    """Count in the round how many read it in another language before anybody else did."""
    accept = vars(listeners)["accept_reply"]

    def accept_reply(services: Services, round_: Round, member: MemberId, *given: Any, **named: Any) -> Any:
        if language_for(services, member) != ENGLISH:
            with services.store.transaction("mutant") as tx:
                tx.update_round(replace(round_, tries=10 * round_.tries + FIVE.index(member)))
        return accept(services, round_, member, *given, **named)

    patch.setattr(listeners, "accept_reply", accept_reply)


MUTANTS: dict[Callable[[pytest.MonkeyPatch], None], set[str]] = {
    in_the_reply: {"while_open"},
    in_the_length: {"while_open"},
    in_the_order: {"while_open", "metadata"},
    in_the_metadata: {"metadata"},
    in_the_log: {"log"},
    in_the_round: {"while_open", "afterwards"},
}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda one: one.__name__)
def test_the_mutant_that_keeps_the_language_is_found_out(
    run: Run, monkeypatch: pytest.MonkeyPatch, mutant: Callable[[pytest.MonkeyPatch], None]
) -> None:
    mutant(monkeypatch)

    assert MUTANTS[mutant] <= differing(run(FIRST), run(EXCHANGED))


def test_every_language_is_read_at_the_start_and_not_when_somebody_first_reads_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else the time at which a file was last read, or a slower form, tells of the only one who reads it."""
    read: list[str] = []

    def reading(language: Language) -> Language:
        def load() -> NullTranslations:
            read.append(language.code)
            return language.load()

        return Language(language.code, load)

    languages = Languages([reading(GERMAN), reading(JAPANESE)])
    monkeypatch.setattr("bot.config.shipped_languages", lambda: languages)
    monkeypatch.setattr("gc.freeze", lambda: None)
    settle_memory()  # what ``belonging run`` calls once the bot has started

    assert {"de", "ja"} <= set(read)
