"""Whoever runs PostgreSQL and keeps all of it learns nothing about replies: what, who, when or how many.

Here its operator keeps the tables, the write-ahead log with full pages, the time of every commit, and a log
of every statement. Two workers live a whole life on it.

What is judged about times: a worker asks PostgreSQL at times of its own only (heartbeats, its turns, looks at
the installations), and no request makes it ask, read or write. So a stretch with replies has the statements
of one without. A request for a shard that is moving, or for a workspace that is not known, waits for the next
look that the worker makes by itself: what its log shows then tells of the move, not of the request. Two
things of members are written, and neither is a reply: an installation, and that the first request of all has
come from a workspace of an organisation that has installed the bot as a whole. A worker that is busy sends
its heartbeats some milliseconds later: load shows, single replies hardly.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from signal import SIGTERM
from threading import Event

import pytest

from bot.demo.workspace import View
from bot.slack.install.flow import REDIRECT_PATH
from tests.cluster.leaks import Kept, found
from tests.cluster.people import People, Person, wait_asked, wait_published
from tests.cluster.processes import SERVING, Cluster
from tests.cluster.secrets_of_cells import secrets_of
from tests.cluster.statements import BY_TESTS, PREFIX, Stretch, Watched
from tests.cluster.worker_process import Worker, wait_for
from tests.faults.zygote import Zygote
from tests.hosted_world import TOKEN_KEY
from tests.postgresql import DURABLE, TALKATIVE, PostgreSQL, running
from tests.world import Members

SETTINGS = (
    *DURABLE,
    *TALKATIVE,
    PREFIX,
    "wal_level=logical",
    "wal_keep_size=1GB",
    "track_commit_timestamp=on",
    "full_page_writes=on",
    "autovacuum=off",
)
"""All that can be kept is kept. Without autovacuum: its transactions are not of the workers."""

PAGES = "T0PAGES99"
"""The workspace that installs the bot through the pages."""

LAID = ("T0LEAKED1", "T0LEAKED2")
PEOPLE, MOST, FEW = 8, 6, 3
"""How many people a workspace has; how many of some reply with a text, and to a mutant."""

NEWER_KEY = TOKEN_KEY[::-1]

PAUSE_S = 0.25
"""Between two looks whether a stretch is long enough."""

MOST_A_SECOND = 3
"""How often a worker asks the same: two turns and a heartbeat."""

SLACK = 4
"""How often more it may come in a stretch: two workers, at each end."""

KINDS = (
    "text",
    "receipt",
    "db participation",
    "db reply",
    "db asked",
    "key file",
    "round",
    "member",
    "channel",
)
"""What must have been looked for: parts of the names of secrets."""

MUTANTS = {
    "ballots as rows": "db participation",
    "shard touched at each reply": "UPDATE shards SET epoch = epoch",
    "shard looked up at each reply": "SELECT worker FROM shards WHERE shard = 1",
    "receipts in the log of PostgreSQL": "db reply",
    "token unsealed": "any bot token",
}
"""The faults, and what is found of each."""


class Story(Cluster):
    """The cluster of this test. ``token_keys``: of the workers that are started from now on."""

    token_keys = f"{TOKEN_KEY},{NEWER_KEY}"  # while keys are changed, every worker knows both

    def environ(self, worker: Worker) -> dict[str, str]:
        """The environment of a worker."""
        here = f"{self.server.url}/api/"  # where a browser finds its pages, too
        return {**super().environ(worker), "SLACK_API_URL": here, "BELONGING_TOKEN_KEYS": self.token_keys}


@dataclass(slots=True)
class Life:
    """A life, and what must not be in PostgreSQL: ``secrets``, with a name for each."""

    server: PostgreSQL
    cluster: Story
    kept: Kept
    secrets: dict[bytes, str] = field(default_factory=dict)
    texts: int = 0

    def learn(self, when: str) -> None:
        """Note the secrets that there are now."""
        for name, secret in secrets_of(self.cluster).items():
            if not any(team.encode() in secret for team in self.cluster.teams):  # it knows those
                self.secrets.setdefault(secret, f"{name} ({when})")

    def reply(self, *some: tuple[Members, str]) -> None:
        """Let these people reply with a text and change it; every other one withdraws it and replies anew."""
        for members, user in some:
            self._send(members, user, members.open_form(user))
        self.learn("replied")
        for members, user in some:
            form = members.press_for_modal(user, "reply.change", members.workspace.stack(user)[-1])
            self._send(members, user, form)
        self.learn("changed")
        for members, user in some[::2]:
            members.press_for_modal(user, "reply.withdraw", members.workspace.stack(user)[-1])
            members.close_modals(user)
            self._send(members, user, members.open_form(user))
        self.learn("replied again")
        for members, user in some:
            members.close_modals(user)

    def _send(self, members: Members, user: str, form: View) -> None:
        """Send a form with a text, and again where it could not be taken within Slack's three seconds."""
        text = self._text()
        while not members.submit(user, form, text=text, answers=["5", "2"])["ok"]:
            form = members.workspace.stack(user)[-1]

    def _text(self) -> str:
        self.texts += 1
        text = f"Zwölf Käuzchen №{self.texts} summen, \\ und „keiner“ schläft"
        self.secrets[text.encode()] = f"text {self.texts}"
        return text

    def found(self) -> set[str]:
        """Return the names of the secrets that PostgreSQL keeps."""
        self.server.query("CHECKPOINT")
        return found(self.kept.now(), {name: secret for secret, name in self.secrets.items()})


@pytest.fixture(autouse=True)
def _by_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGAPPNAME", BY_TESTS)


@contextmanager
def a_life(folder: Path, zygote: Zygote, *laid: str) -> Iterator[Life]:
    """Begin a life, in which nothing runs yet but PostgreSQL."""
    with running(SETTINGS) as server:
        server.query("CHECKPOINT")
        kept = Kept(server.folder)
        with Story(folder, zygote, server.url(), teams=(*laid, PAGES), people=PEOPLE) as cluster:
            cluster.server.redirect_urls.append(f"{cluster.front.url}{REDIRECT_PATH}")
            life = Life(server, cluster, kept)
            life.secrets |= {NEWER_KEY.encode(): "newer token key", bytes.fromhex(NEWER_KEY): "raw newer key"}
            try:
                yield life
            except BaseException as error:
                error.add_note(cluster.logs())
                raise


def install_and_ask(life: Life) -> Members:
    """Install the bot through its pages, and let somebody ask; return the people there."""
    cluster = life.cluster
    wait_for(lambda: len(cluster.front.ready) == len(cluster.workers), "not all are ready")
    assert cluster.server.install(PAGES, start="/slack/install?start=1").status == 200
    cluster.wait_owned()
    cluster.move(seconds=2)  # what was signed before its cell was opened is refused
    members = cluster.people[PAGES]
    asker = members.workspace.members[members.everyone()[0]]
    members.workspace.members[asker.id] = replace(asker, is_admin=True)
    members.ask_now(asker.id)
    members.wait(lambda: any("reply.open" in str(one.blocks) for one in members.messages()))
    return members


def watched(server: PostgreSQL, during: Callable[[], object]) -> Stretch:
    """Return a stretch of time in which this is done, and that is long enough to compare."""
    stretch, pause = Watched(server), Event()
    during()
    while not stretch.is_long():
        pause.wait(PAUSE_S)
    return stretch.end()


def seen_of_replies(quiet: Stretch, busy: Stretch) -> list[str]:
    """Return what tells a stretch with replies from one without."""
    most = len(busy.rows["workers"]) * MOST_A_SECOND * busy.seconds + SLACK
    more = [asked for asked, count in busy.asked.items() if asked not in quiet.asked or count > most]
    tables = [table for table, rows in busy.rows.items() if table != "workers" and rows != quiet.rows[table]]
    return [*more, *tables, *(["commits"] if busy.commits > busy.beats + SLACK else [])]


@pytest.mark.attack
def test_a_whole_life_leaves_nothing_about_replies_in_postgresql(tmp_path: Path, zygote: Zygote) -> None:
    with a_life(tmp_path, zygote, *LAID) as life:
        cluster = life.cluster
        east, west = cluster.add(), cluster.add()
        cluster.lay(east, *LAID)
        for worker in (east, west):
            cluster.start(worker)
        cluster.wait_owned()
        here = install_and_ask(life)
        cluster.wait_balanced(east, west)
        cluster.move(minutes=1)
        wait_asked(cluster)

        quiet = watched(life.server, lambda: None)
        first = cluster.people[LAID[0]]
        some = [(members, user) for members in (here, first) for user in members.everyone()[:MOST]]
        busy = watched(life.server, lambda: life.reply(*some))
        people = People(cluster)
        rest = [one for one in people.of(*LAID) if (one.members, one.user) not in some]
        amid = iter([rest[place::4] for place in range(4)])
        replying(people, next(amid), lambda: hand_over(cluster, east))
        life.learn("after a handover")
        replying(people, next(amid), lambda: die(cluster, west))
        life.learn("after a takeover")
        replying(people, next(amid), lambda: restart(life.server))
        people.reply(next(amid))
        life.learn("before the close")
        cluster.move(days=3)
        wait_published(cluster)
        cluster.token_keys = f"{NEWER_KEY},{TOKEN_KEY}"
        hand_over(cluster, west)
        cluster.server.uninstall(LAID[1])
        wait_for(lambda: installed(life) == 2, "not uninstalled", pause_s=PAUSE_S)
        life.learn("at the end")

        assert seen_of_replies(quiet, busy) == []
        assert set(KINDS) == {kind for kind in KINDS if any(kind in name for name in life.secrets.values())}
        assert life.found() == set()
        assert found(life.kept.now(), {"a team": PAGES.encode()}) == {"a team"}


@pytest.mark.attack
@pytest.mark.parametrize("mutant", MUTANTS)
def test_each_mutant_is_found(mutant: str, tmp_path: Path, zygote: Zygote) -> None:
    with a_life(tmp_path, zygote) as life:
        worker = life.cluster.add()
        life.cluster.start(worker, mutants=[mutant])
        members = install_and_ask(life)
        quiet = watched(life.server, lambda: None)
        busy = watched(
            life.server, lambda: life.reply(*((members, user) for user in members.everyone()[:FEW]))
        )

        seen = [*seen_of_replies(quiet, busy), *life.found()]

        assert any(MUTANTS[mutant] in one for one in seen), (seen, quiet, busy)


def replying(people: People, some: Sequence[Person], meanwhile: Callable[[], object]) -> None:
    """Let these people reply while something happens; return once both are over."""
    with ThreadPoolExecutor(1) as other:
        replies = other.submit(people.reply, some, 2)
        meanwhile()
        replies.result()


def hand_over(cluster: Cluster, worker: Worker) -> None:
    """Stop a worker as an update does, and start it again."""
    worker.send(SIGTERM)
    worker.wait_ended()
    cluster.start(worker)
    worker.hear(SERVING)


def die(cluster: Cluster, worker: Worker) -> None:
    """Kill a worker; start it again once another one has taken over."""
    worker.kill()
    cluster.wait_owned()
    cluster.start(worker)
    worker.hear(SERVING)


def restart(server: PostgreSQL) -> None:
    """Kill PostgreSQL, and start it again."""
    server.kill()
    server.start()


def installed(life: Life) -> int:
    """How many installations are stored."""
    ((count,),) = life.server.query("SELECT count(*) FROM slack_installations")
    return int(count)
