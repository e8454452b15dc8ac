"""A shard that goes to another storage arrives byte by byte, or not at all."""

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.cluster.transfer import CHUNK, LONGEST_MESSAGE, PATIENCE_S, Departing, NotMovedError
from bot.errors import AlreadyRunningError, BotError, StoreError
from bot.keys import destroy_all
from bot.slack.transport.http_server import MOST_RECEIVED
from bot.store.lock import InstanceLock
from bot.store.shard_files import LEFT, MARK, Arrival, Departure, list_unsettled
from tests.cluster.shard_moves import CELLS, LEFT_OUT, SECRET, SHARD, Pair, files_in, make_shard, shard_in
from tests.fakes.loops import run_alone
from tests.small_disk import small_disk

LISTS = st.dictionaries(
    st.sampled_from(["T0A", "T0B", "E0C"]).flatmap(
        lambda key: st.sampled_from(["x", "keys/k", "ballots/deep/b", "ä b\n"]).map(
            lambda name: f"{key}/{name}"
        )
    ),
    st.binary(max_size=300),
    max_size=6,
)
SEVERAL = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path / "giver", tmp_path / "taker")


def send(pair: Pair) -> None:
    """Send all of the giver's shard. Raises ``BotError``."""

    async def scenario() -> None:
        with pair.given() as departure:
            async with pair.departing() as (departing, _):
                await departing.run(departure.pack())

    run_alone(scenario())


def nothing_has_come(pair: Pair) -> bool:
    """Whether the taker's storage holds nothing of the shard."""
    return {} == files_in(pair.taker) and not list(pair.taker.glob("shards/.*"))


def test_all_files_arrive_byte_by_byte_for_the_bots_user_only(pair: Pair) -> None:
    folder = make_shard(pair.giver)
    make_shard(pair.giver, dict.fromkeys(LEFT_OUT, b"not to be copied"))
    (folder / "T0ONE/workspace.yaml").chmod(0o644)
    send(pair)

    arrived = shard_in(pair.taker)
    assert CELLS | {MARK: b"17\n"} == files_in(arrived)
    modes = {path.stat().st_mode & 0o777 for path in arrived.rglob("*") if path.is_file()}
    assert {0o600} == modes
    assert {0o700} == {path.stat().st_mode & 0o777 for path in arrived.rglob("*") if path.is_dir()}
    assert {"shards/07"} == {str(path.relative_to(pair.taker)) for path in pair.taker.glob("shards/*")}


@SEVERAL
@given(cells=LISTS, chunk=st.integers(1, 200) | st.just(CHUNK))
def test_whatever_the_files_are_and_wherever_messages_end_they_arrive_byte_by_byte(
    tmp_path_factory: pytest.TempPathFactory, cells: dict[str, bytes], chunk: int
) -> None:
    place = tmp_path_factory.mktemp("pair")
    pair = Pair(place / "giver", place / "taker", chunk=chunk)
    make_shard(pair.giver, cells)
    send(pair)

    assert cells | {MARK: b"17\n"} == files_in(shard_in(pair.taker))


def test_a_message_holds_a_megabyte_at_most(pair: Pair) -> None:
    pair.chunk = CHUNK
    make_shard(pair.giver, {"T0ONE/belonging.db": bytes(2 * CHUNK + 5)})
    send(pair)

    assert 5 == len(pair.sent)
    assert max(map(len, pair.sent)) <= LONGEST_MESSAGE <= MOST_RECEIVED


@SEVERAL
@given(
    at=st.integers(0, 4),
    how=st.sampled_from(["cut", "flip", "leave out", "repeat an earlier one", "with the head of another"]),
    place=st.floats(0, 1, exclude_max=True) | st.integers(0, 200),
)
def test_whatever_is_cut_flipped_repeated_or_put_elsewhere_is_refused(
    tmp_path_factory: pytest.TempPathFactory, at: int, how: str, place: float
) -> None:
    """A message that comes in another form or place is not taken; the shard is whole or not there."""
    folder = tmp_path_factory.mktemp("pair")
    pair = Pair(folder / "giver", folder / "taker")
    make_shard(pair.giver)

    def change(number: int, message: bytes) -> list[bytes]:
        if number != at:
            return [message]
        byte = (int(place * len(message)) if place < 1 else int(place)) % len(message)
        match how:
            case "cut":
                return [message[:byte]]
            case "flip":
                return [message[:byte] + bytes([message[byte] ^ (1 << byte % 8)]) + message[byte + 1 :]]
            case "repeat an earlier one" if number:
                return [pair.sent[byte % number]]
            case "with the head of another" if number:
                return [
                    b"\n".join([pair.sent[byte % number].partition(b"\n")[0], message.partition(b"\n")[2]])
                ]
            case _:
                return []

    pair.change = change
    with pytest.raises(NotMovedError):
        send(pair)

    assert nothing_has_come(pair)


@pytest.mark.parametrize("order", ["each twice", "all earlier ones again"])
def test_copies_of_messages_are_refused_and_the_transfer_goes_on(pair: Pair, order: str) -> None:
    make_shard(pair.giver)
    copies: list[bytes] = []

    def change(number: int, message: bytes) -> list[bytes]:
        again = pair.sent[:number] if order != "each twice" else pair.sent[max(0, number - 1) : number]
        copies.extend(again)
        return [*again, message]

    pair.change = change
    send(pair)

    assert copies
    assert CELLS | {MARK: b"17\n"} == files_in(shard_in(pair.taker))


def test_a_transfer_that_was_recorded_cannot_be_played_again(pair: Pair) -> None:
    make_shard(pair.giver)
    send(pair)
    (shard_in(pair.taker) / MARK).unlink()
    (shard_in(pair.taker) / "T0ONE/belonging.db").write_bytes(b"newer")

    async def play() -> list[bytes | None]:
        arriving = pair.arriving()
        try:
            return [await arriving.receive({}, message) for message in pair.sent]
        finally:
            await arriving.close()

    run_alone(play())

    assert b"newer" == (shard_in(pair.taker) / "T0ONE/belonging.db").read_bytes()


def test_another_secret_and_another_worker_are_not_answered(pair: Pair) -> None:
    make_shard(pair.giver)

    async def scenario() -> list[bytes | None]:
        heard: list[bytes] = []

        async def keep(message: bytes) -> bytes:
            heard.append(message)
            raise NotMovedError

        for secret, taker in ((bytes(32), "taker"), (SECRET, "another")):
            with pytest.raises(NotMovedError):
                await Departing((secret,), pair.move._replace(taker=taker), keep).run(iter(()))
        heard += [b"", b"\n", b"[]\n", b'["move"]\n' + bytes(99)]
        return [await pair.arriving().receive({}, one) for one in heard]

    assert {None} == set(run_alone(scenario()))


def test_an_answer_of_nobody_who_has_the_secret_moves_nothing(pair: Pair) -> None:
    async def scenario() -> None:
        async def answer(_: bytes) -> bytes:
            return bytes(64)

        with pytest.raises(NotMovedError):
            await Departing((SECRET,), pair.move, answer).run(iter(()))

    run_alone(scenario())


def test_what_goes_over_the_network_shows_no_content(pair: Pair) -> None:
    make_shard(pair.giver)
    send(pair)
    told = b"".join([*pair.sent, *filter(None, pair.answers)])

    assert [] == [text for text in (b"T0ONE", b"E0TWO", b"rows", b"a key", b"ballots") if text in told]


def test_a_full_disk_there_is_one_clear_error_and_leaves_nothing(pair: Pair, tmp_path: Path) -> None:
    make_shard(pair.giver, {**CELLS, "T0ONE/large": bytes(2 * CHUNK)})
    with small_disk(tmp_path / "small", "1m") as disk:
        pair.taker = disk
        with pytest.raises(NotMovedError, match="The disk of the worker taker is full"):
            send(pair)
        assert nothing_has_come(pair)
    assert CELLS.keys() < files_in(shard_in(pair.giver)).keys()


def test_a_row_that_names_another_worker_or_epoch_lets_nothing_in(pair: Pair) -> None:
    make_shard(pair.giver)
    pair.row.epoch = 18
    with pytest.raises(NotMovedError):
        send(pair)

    assert not pair.taker.exists()


def test_cells_that_nobody_expects_there_are_left_alone(pair: Pair) -> None:
    make_shard(pair.giver)
    make_shard(pair.taker, {"T0ELSE/belonging.db": b"of another time"})
    with pytest.raises(NotMovedError, match="occupied"):
        send(pair)

    assert {"T0ELSE/belonging.db": b"of another time"} == files_in(shard_in(pair.taker))


def test_a_giver_that_falls_silent_is_waited_for_only_a_while(pair: Pair) -> None:
    make_shard(pair.giver)
    arriving = pair.arriving()
    lost: list[bytes] = []

    async def send_until_a_part(message: bytes) -> bytes:
        answer = None if lost else await arriving.receive({}, message)
        lost.extend([message] * (b'"part"' in message.partition(b"\n")[0]))
        if answer is None:
            raise NotMovedError
        return answer

    async def scenario() -> list[tuple[int, ...]]:
        seen = []
        with pair.given() as departure, pytest.raises(NotMovedError):
            await Departing((SECRET,), pair.move, send_until_a_part).run(departure.pack())
        with pytest.raises(AlreadyRunningError), InstanceLock(shard_in(pair.taker)):
            pass
        for now_s in (PATIENCE_S, PATIENCE_S + 1):
            pair.now_s = now_s
            await arriving.expire()
            seen.append(list_unsettled(pair.taker / "shards"))
        return seen

    assert [(SHARD,), ()] == run_alone(scenario())
    assert nothing_has_come(pair)
    with InstanceLock(shard_in(pair.taker)):
        pass


def test_a_command_that_uses_a_cell_or_comes_meanwhile_waits(pair: Pair) -> None:
    folder = make_shard(pair.giver)
    with InstanceLock(folder / "T0ONE"), pytest.raises(AlreadyRunningError):
        send(pair)
    with pair.given(), pytest.raises(AlreadyRunningError), InstanceLock(folder / "E0TWO"):
        pass


def odd_link(folder: Path) -> None:
    (folder / "T0ONE/keys/link").symlink_to("/etc/hostname")


def odd_pipe(folder: Path) -> None:
    os.mkfifo(folder / "T0ONE/pipe")


def odd_cell(folder: Path) -> None:
    (folder / "notes").mkdir()


def odd_name(folder: Path) -> None:
    Path(os.fsdecode(bytes(folder / "T0ONE") + b"/\xff")).touch()


@pytest.mark.parametrize("odd", [odd_link, odd_pipe, odd_cell, odd_name])
def test_links_and_odd_files_are_refused_and_nothing_changes(pair: Pair, odd: Callable[[Path], None]) -> None:
    odd(make_shard(pair.giver))
    with pytest.raises(StoreError):
        send(pair)

    assert nothing_has_come(pair)


ODD_STREAMS = [
    b'["../T0A"]\n\n',
    b'["/T0A"]\n\n',
    b'["T0A/../x"]\n\n',
    b'["T0A"]\n["T0A"]\n\n',
    b'["T0A/x", 1]\nx\n',
    b'["T0A", 1]\nx\n',
    b'["notes"]\n\n',
    b'["T0A"]\n["T0A/.lock", 1]\nx\n',
    b'["T0A"]\n["T0A/x.part", 1]\nx\n',
    b'["T0A"]\n["T0A/x", -1]\n\n',
    b'["T0A"]\n["T0A/x", 5]\nabc',
    b'["T0A"]\n["T0A/x", 1]\nx["T0A/x", 1]\ny\n',
    b'["T0A"]\n["T0A/x", 1]\nx["T0A/x/y", 1]\ny\n',
    b'["T0A"]\n',
    b'["T0A"]\n\n\n',
    b"not json\n\n",
    b'{"T0A": 1}\n\n',
    b"x" * 10_000,
    b'["T0A/a\\u0000b"]\n\n',
    b'["T0B"]\n["T0A"]\n\n',
]


def arrive(arrival: Arrival, stream: bytes) -> None:
    for place in range(0, len(stream), 3):
        arrival.write(stream[place : place + 3])
    arrival.finish(sha256(stream).digest())


@pytest.mark.parametrize("stream", ODD_STREAMS)
def test_a_stream_that_no_worker_writes_makes_no_cell(tmp_path: Path, stream: bytes) -> None:
    arrival = Arrival(shard_in(tmp_path), 17, destroy_all)
    try:
        with pytest.raises(BotError):
            arrive(arrival, stream)
    finally:
        arrival.close()

    assert [shard_in(tmp_path)] == list((tmp_path / "shards").iterdir())
    assert {} == files_in(tmp_path)


def test_only_a_marked_copy_is_deleted_and_keys_go_first(pair: Pair) -> None:
    folder = make_shard(pair.giver)
    seen: list[bool] = []

    def destroy(keys: Path) -> None:
        seen.append(all((folder / name).exists() for name in CELLS if "keys" not in name))
        destroy_all(keys)

    with Departure(folder, destroy) as departure:
        with pytest.raises(StoreError, match="Nothing was deleted"):
            departure.delete()
        departure.mark(17)
        departure.delete()

    assert [True, True] == seen
    assert [] == [path.name for path in folder.iterdir() if path.name not in {".lock", LEFT}]
