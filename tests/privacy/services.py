"""``Services`` over fakes or over real files, in which every call on a port can be made to fail."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from bot.core.clock import RIGHT
from bot.core.model import PackId, ReleasePolicy, RoundId, WorkspaceId
from bot.core.settings import Settings
from bot.keys import AudienceKeyFiles, KeyFiles
from bot.ports import (
    AudienceKeys,
    Audiences,
    BallotBoxes,
    Clock,
    Directory,
    KeyVault,
    Messenger,
    Services,
    Store,
)
from bot.store.audiences import AudienceFile
from bot.store.ballots import BallotFiles
from bot.store.database import Database
from tests.fakes.audiences import FakeAudienceKeys, FakeAudiences
from tests.fakes.boxes import FakeBoxes
from tests.fakes.store import FakeStore
from tests.fakes.timer import FakeTimer
from tests.fakes.vault import FakeVault
from tests.service.services import SUPPORT, a_pack

WORKSPACE = WorkspaceId("T0HARBOUR")
SETTINGS = Settings(support=SUPPORT, policy=ReleasePolicy(), packs={PackId("belonging"): a_pack()})

MEMORY_DISK = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - mkdtemp makes it private
"""Where waiting for the disk takes no time; nothing in these tests cuts the power."""

Step = Callable[[str], None]
"""Called with the name of a port call (``boxes.submit``), right before the call and right after it."""


class Fused:
    """A port that announces each of its calls, before and after."""

    def __init__(self, port: Any, name: str, step: Step) -> None:
        self._port, self._name, self._step = port, name, step

    def __getattr__(self, method: str) -> Any:
        call, name = getattr(self._port, method), f"{self._name}.{method}"

        def fused(*arguments: Any, **named: Any) -> Any:
            self._step(name)
            result = call(*arguments, **named)
            if isinstance(result, Future):
                wait([result])  # it is over when it is stored
            self._step(name)
            return result

        return fused


class FusedStore(Fused):
    """A store that announces each transaction, reading or not, before it begins and when it is over."""

    @contextmanager
    def transaction(self, name: str) -> Iterator[Any]:
        self._step("store.transaction")
        with self._port.transaction(name) as tx:
            yield tx
        self._step("store.transaction")

    @contextmanager
    def read(self, name: str) -> Iterator[Any]:
        self._step("store.transaction")
        with self._port.read(name) as tx:
            yield tx
        self._step("store.transaction")


class State(Protocol):
    """The stored state, which outlives a process, and the ports to it."""

    @property
    def store(self) -> Store: ...

    @property
    def boxes(self) -> BallotBoxes: ...

    @property
    def vault(self) -> KeyVault: ...

    @property
    def audiences(self) -> Audiences: ...

    @property
    def audience_keys(self) -> AudienceKeys: ...

    def reopen(self) -> None:
        """Open the same state again, as a new process would."""

    def lose(self, round_id: RoundId, kind: str) -> None:
        """Lose a key, as when its file is deleted."""

    def remove(self) -> None:
        """Close everything and remove the files."""


@dataclass(slots=True)
class InMemory:
    """The state as fakes."""

    store: FakeStore = field(default_factory=FakeStore)
    boxes: FakeBoxes = field(default_factory=FakeBoxes)
    vault: FakeVault = field(default_factory=FakeVault)
    audiences: FakeAudiences = field(default_factory=FakeAudiences)
    audience_keys: FakeAudienceKeys = field(default_factory=FakeAudienceKeys)

    def reopen(self) -> None:
        self.boxes.shut_rounds.clear()  # a shut box holds until the program ends

    def lose(self, round_id: RoundId, kind: str) -> None:
        self.vault.lose(round_id, kind)

    def remove(self) -> None:
        """Do nothing: there are no files."""


class OnDisk:
    """The state as the files of an installation, in a new directory if none is given."""

    def __init__(self, directory: Path | None = None) -> None:
        self._own = Path(tempfile.mkdtemp(dir=MEMORY_DISK)) if directory is None else None
        self.directory = directory or Path(str(self._own))
        self._open()

    def _open(self) -> None:
        self.store = Database(self.directory / "belonging.db")
        self.boxes = BallotFiles(self.directory / "ballots")
        self.vault = KeyFiles(self.directory / "keys", WORKSPACE)
        self.audiences = AudienceFile(self.directory / "audiences.db")
        self.audience_keys = AudienceKeyFiles(self.directory / "keys", WORKSPACE)

    def close(self) -> None:
        self.boxes.close()
        self.audiences.close()
        self.store.close()

    def reopen(self) -> None:
        self.close()
        self._open()

    def lose(self, round_id: RoundId, kind: str) -> None:
        (self.directory / "keys" / f"{round_id}.{kind}").unlink()

    def remove(self) -> None:
        self.close()
        if self._own:
            shutil.rmtree(self._own)


def make_services(
    state: State, messenger: Messenger, directory: Directory, clock: Clock, step: Step
) -> Services:
    """Return ``Services`` over this state; ``step`` is called around each call on a port."""
    store: Any = FusedStore(state.store, "store", step)
    boxes: Any = Fused(state.boxes, "boxes", step)
    vault: Any = Fused(state.vault, "vault", step)
    audiences: Any = Fused(state.audiences, "audiences", step)
    audience_keys: Any = Fused(state.audience_keys, "audience_keys", step)
    fused_messenger: Any = Fused(messenger, "messenger", step)
    return Services(
        store=store,
        boxes=boxes,
        vault=vault,
        audiences=audiences,
        audience_keys=audience_keys,
        messenger=fused_messenger,
        directory=directory,
        timer=FakeTimer(),
        clock=clock,
        clock_state=lambda: RIGHT,
        holidays=lambda *_: frozenset(),
        settings=SETTINGS,
    )
