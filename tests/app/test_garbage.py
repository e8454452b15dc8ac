"""All objects are scanned when that is needed and no request waits."""

import subprocess
import sys
from dataclasses import dataclass, field

from bot.app.garbage import LATE_S, MANY_CELLS, MANY_SCANS, OFTEN_S, Garbage


@dataclass
class Heap:
    """What there is to collect, and when it was."""

    now_s: float = 0.0
    scans: int = 0
    is_calm: bool = True
    collected_s: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.garbage = Garbage(lambda: self.now_s, self.collect, lambda: self.scans)

    def collect(self) -> None:
        self.collected_s.append(self.now_s)
        self.scans = 0

    def pass_s(self, seconds: float) -> None:
        """Let this time pass; somebody looks each second."""
        for _ in range(int(seconds)):
            self.now_s += 1
            self.garbage.collect_if_needed(lambda: self.is_calm)


def test_nothing_is_scanned_where_little_was_left() -> None:
    heap = Heap(scans=MANY_SCANS - 1)
    for _ in range(MANY_CELLS - 1):
        heap.garbage.note_discarded()
    heap.pass_s(3 * LATE_S)

    assert [] == heap.collected_s


def test_many_discarded_cells_are_scanned_for_once() -> None:
    heap = Heap()
    for _ in range(MANY_CELLS):
        heap.garbage.note_discarded()
    heap.pass_s(3 * LATE_S)

    assert [OFTEN_S] == heap.collected_s


def test_no_request_waits_for_it() -> None:
    heap = Heap(scans=MANY_SCANS, is_calm=False)
    heap.pass_s(OFTEN_S + 10)
    assert [] == heap.collected_s

    heap.is_calm = True
    heap.pass_s(1)
    assert [OFTEN_S + 11] == heap.collected_s


def test_where_requests_never_end_it_is_done_within_an_hour() -> None:
    heap = Heap(scans=MANY_SCANS, is_calm=False)
    heap.pass_s(LATE_S)

    assert [LATE_S] == heap.collected_s


def test_it_is_done_at_most_once_a_minute() -> None:
    heap = Heap()
    for _ in range(300):
        heap.scans = MANY_SCANS
        heap.pass_s(1)

    assert [OFTEN_S * number for number in range(1, 6)] == heap.collected_s


SCANS = """
import gc
from bot.cli.process import set_up_for_many
set_up_for_many()
kept = [[number] for number in range(1_500_000)]
stats = gc.get_stats()
print(stats[0]["collections"] > 10, stats[1]["collections"] > 0, stats[2]["collections"])
"""


def test_python_scans_new_objects_by_itself_and_never_all() -> None:
    found = subprocess.run([sys.executable, "-c", SCANS], capture_output=True, text=True, check=True)

    assert "True True 0" == found.stdout.strip()
