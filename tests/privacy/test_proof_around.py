"""``belonging proof`` on where the files lie, beside a busy bot, and what is told of it."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.core.audit import Evidence, LastProof, Place
from bot.core.model import ParticipationToken, ReplyId
from bot.ports import SealedReply
from bot.proof import ATTACKS, Verdict, prove
from bot.store.audit import copies, installation
from tests.cli.program import environment
from tests.privacy.installation import an_installation, evidence, judged, odd, without_pytest
from tests.world import World

pytestmark = pytest.mark.attack

WHERE = "where the files lie"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world with five replies in an open round."""
    (tmp_path / "installed").mkdir()
    with an_installation(tmp_path / "installed") as world:
        yield world


def placed(found: Evidence, *, folders: Mapping[Place, str] | None = None, kind: str = "ext4") -> Evidence:
    kinds = dict.fromkeys(found.disk.folders, kind)
    around = replace(found.disk.around, filesystems=kinds)
    return replace(found, disk=replace(found.disk, around=around, folders=folders or found.disk.folders))


@pytest.mark.parametrize("folder", ["Dropbox", "OneDrive - Example", "Mobile Documents", "iCloud Drive"])
@pytest.mark.parametrize("place", [Place.BALLOTS, Place.KEYS])
def test_a_synchronised_folder_is_a_warning(world: World, place: Place, folder: str) -> None:
    found = evidence(world)
    folders = {**found.disk.folders, place: f"/srv/someone/{folder}/bot"}

    told = judged(placed(found, folders=folders), WHERE)

    assert Verdict.WARNING is told.verdict
    assert told.remedy


def test_a_file_system_of_another_machine_is_a_warning(world: World) -> None:
    found = evidence(world)

    verdicts = {
        kind: judged(placed(found, kind=kind), WHERE).verdict for kind in ("nfs4", "fuse.sshfs", "xfs")
    }

    assert {"nfs4": Verdict.WARNING, "fuse.sshfs": Verdict.WARNING, "xfs": Verdict.PASS} == verdicts


def test_where_the_system_does_not_say_on_what_disk_that_is_said(world: World) -> None:
    told = judged(placed(evidence(world), kind=""), WHERE)

    assert Verdict.PASS is told.verdict
    assert "does not say" in told.found


def test_the_kind_of_file_system_is_that_of_the_innermost_mount(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mounts"
    place = str(world.data_dir.resolve()).replace(" ", "\\040")
    mounts.write_text(f"/dev/x / ext4 rw\nhost:/y {place} nfs4 rw\nz {place}2 tmpfs rw\n", encoding="utf-8")
    monkeypatch.setattr(copies, "MOUNTS", mounts)

    assert {"nfs4"} == set(evidence(world).disk.around.filesystems.values())


def test_ballots_and_keys_may_lie_elsewhere_and_deeper(world: World) -> None:
    world.move(days=3)
    world.stop_bot()
    (world.folder / "elsewhere").mkdir(mode=0o700)
    (world.data_dir / "secret").mkdir(mode=0o700)
    for name, place in (("ballots", world.data_dir / "secret"), ("keys", world.folder / "elsewhere")):
        (world.data_dir / name).rename(place / name)
    config = world.folder / "config.yaml"
    moved = "\nballots_dir: data/secret/ballots\nkeys_dir: elsewhere/keys\n"
    config.write_text(config.read_text(encoding="utf-8") + moved, encoding="utf-8")
    world.start_bot()
    world.move(days=4)
    assert list((world.data_dir / "secret" / "ballots").glob("*.db"))

    assert [] == odd(prove(evidence(world)))


def test_a_copy_beside_keys_that_lie_elsewhere_is_found(world: World) -> None:
    found = evidence(world)
    elsewhere = world.folder / "elsewhere"
    (elsewhere / "keys").mkdir(parents=True, mode=0o700)
    key = next((world.data_dir / "keys").glob("*.token"))
    (elsewhere / key.name).write_bytes(key.read_bytes())
    folders = {
        Place.DATA: world.data_dir,
        Place.BALLOTS: world.data_dir / "ballots",
        Place.KEYS: elsewhere / "keys",
    }

    around = copies.search_surroundings(folders)

    assert found.disk.around.copies == ()
    assert [f"elsewhere/{key.name}"] == [fact.name for fact in around.copies]


def test_it_says_when_there_was_too_much_to_look_into(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copies, "MOST_FILES", 1)
    (world.folder / "a").write_text("")
    (world.folder / "b").write_text("")

    found = evidence(world)

    assert not found.disk.around.all_looked_at
    assert "no more" in judged(found, "copies and leftovers").found


def test_while_replies_come_and_go_no_attack_finds_anything(world: World) -> None:
    """A journal that lives for one commit is no leftover, and a file that is being rewritten no mess."""
    assert world.bot
    boxes, round_id = world.bot.services.boxes, next(iter(world.bot.services.boxes.list_boxes()))
    ended = threading.Event()

    def change_and_change() -> None:
        token, reply = ParticipationToken(b"t" * 32), SealedReply(id=ReplyId(b"i" * 16), sealed=bytes(1392))
        while not ended.is_set():
            boxes.submit(round_id, token, reply).result()
            boxes.withdraw(round_id, token, reply.id)
            ended.wait(0.01)

    busy = threading.Thread(target=change_and_change)
    busy.start()
    try:
        found = [odd(prove(evidence(world))) for _ in range(5)]
    finally:
        ended.set()
        busy.join()

    assert [[]] * 5 == found


def test_a_round_that_ends_while_it_looks_leaves_no_false_alarm(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = installation.search_surroundings, list[int]()

    def close_meanwhile(*places: Any) -> Any:
        if not calls:
            calls.append(1)
            world.move(days=3)
        return real(*places)

    without_pytest()
    monkeypatch.setattr(installation, "search_surroundings", close_meanwhile)

    found = evidence(world)

    assert [] == odd(prove(found))
    assert 1 == len(found.disk.results)


def run(world: World, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", "proof", "--config", str(world.folder / "config.yaml"), *arguments],
        cwd=world.folder,
        env=environment(**environ),
        text=True,
        capture_output=True,
        check=False,
    )


def tokens(world: World) -> dict[str, str]:
    return {"SLACK_BOT_TOKEN": world.server.bot_token, "SLACK_API_URL": world.server.api_url}


def test_beside_a_running_bot_the_command_tries_everything(world: World) -> None:
    ended = run(world, "--json", **tokens(world))

    told = json.loads(ended.stdout)
    assert (0, True) == (ended.returncode, told["passed"])
    assert {"date", "clock", "passed", "attacks"} == set(told)
    assert {"attack", "tried", "verdict", "found", "remedy"} == set(told["attacks"][0])
    assert {"pass"} == {one["verdict"] for one in told["attacks"]}


def test_the_command_needs_no_token_and_no_bot(world: World) -> None:
    world.stop_bot()

    ended = run(world, "--json")

    verdicts = {one["attack"]: one for one in json.loads(ended.stdout)["attacks"]}
    assert 0 == ended.returncode
    assert "not tried" == verdicts["people in files"]["verdict"]
    assert "no Slack token" in verdicts["people in files"]["found"]
    assert [] == list(world.data_dir.glob("*-shm"))


def test_a_refused_token_is_told_and_the_rest_is_tried(world: World) -> None:
    ended = run(world, "--json", **(tokens(world) | {"SLACK_BOT_TOKEN": "xoxb-revoked"}))

    told = json.loads(ended.stdout)
    assert 0 == ended.returncode
    assert "invalid_auth" in told["attacks"][0]["found"]
    assert "xoxb-revoked" not in ended.stdout + ended.stderr


@pytest.mark.parametrize("columns", [80, 120])
def test_what_it_found_reads_well_and_ends_with_code_1(world: World, columns: int) -> None:
    (world.data_dir / "keys").chmod(0o755)

    ended = run(world, COLUMNS=str(columns))

    lines = ended.stdout.splitlines()
    assert 1 == ended.returncode
    assert max(map(len, lines)) <= columns
    assert "To do: chmod 700" in ended.stdout
    assert f"{len(ATTACKS)} attacks: 1 found something (see above), 1 not tried." == lines[-1]


def test_where_there_is_no_data_the_command_says_what_to_do(world: World) -> None:
    world.stop_bot()
    (world.data_dir / "belonging.db").rename(world.folder / "away")

    ended = run(world)

    assert 1 == ended.returncode
    assert "There is no data" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_damaged_database_is_one_sentence_on_the_command_line(world: World) -> None:
    world.stop_bot()
    (world.data_dir / "belonging.db").write_bytes(b"garbage" * 999)

    ended = run(world)

    assert 1 == ended.returncode
    assert "is damaged" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_members_read_of_warnings_too(world: World) -> None:
    assert world.bot
    last = LastProof(at=world.clock.now(), tried=13, failed=(), warned=(WHERE,))
    with world.bot.services.store.transaction("test") as tx:
        tx.put_proof(last)

    world.answer("U02TOMA", "/belonging privacy")

    with world.bot.services.store.transaction("test") as tx:
        assert last == tx.fetch_proof()
    assert f"Its operator was told to look at: {WHERE}." in str(world.told("U02TOMA")[-1].blocks)
