"""Kills the bot where the plan says."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from threading import Timer

from tests.faults.memory import Shared
from tests.faults.plan import AFTER_MS, STEP, Kill, Phase, Totals
from tests.faults.slack import Moment, Seen

Lock = AbstractContextManager[object]


class Arms:
    """The kills that are still to come, and the count of what has been since the phase began.

    ``kill`` ends the bot that lives now; ``lock`` is the one that it takes.
    """

    def __init__(self, shared: Shared, kills: Sequence[Kill], kill: Callable[[], None], lock: Lock) -> None:
        self._shared, self._kill, self._lock = shared, kill, lock
        self._left = list(kills)
        self._count: Counter[str] = Counter()
        self._timer: Timer | None = None
        self._died_in_phase = False
        self._then: Phase | None = None
        self.phase: Phase | None = None
        self.totals: Totals = Counter()

    def begin(self, phase: Phase, then: Phase | None = None) -> None:
        """A phase begins; with the first message that the bot writes or changes in it begins ``then``."""
        with self._lock:
            self._note_totals()
            self.phase, self._then = phase, then
            self._died_in_phase = False
            self.arm()

    def end(self) -> bool:
        """Whether the phase has ended with all its kills done; those that never came are forgotten."""
        with self._lock:
            self._note_totals()
            late = [kill for kill in self._left if kill.phase in {self.phase, self._then}]
            self._left = [kill for kill in self._left if kill not in late]
            self.phase = self._then = None
            self.arm()
            return not late

    def died(self) -> None:
        """The bot is dead: what comes next is armed before it lives again."""
        with self._lock:
            self._died_in_phase = True
            if (kill := self._next()) is not None:
                self._left.remove(kill)
            self.arm()

    def arm(self) -> None:
        """Count anew, towards the next kill of this phase."""
        kill = self._next()
        if self._timer:
            self._timer.cancel()
            self._timer = None
        self._count.clear()
        self._shared.arm(kill.number if kill and kill.point == STEP else 0)
        if kill and kill.point == AFTER_MS:
            self._timer = Timer(kill.number / 1000, self._kill)
            self._timer.daemon = True
            self._timer.start()

    def seen(self, seen: Seen) -> None:
        """Count this moment of the bot that lives now, and kill it where it is the one."""
        with self._lock:
            if self._then and seen.moment is Moment.ASKED and seen.what.startswith("chat."):
                self.begin(self._then)
            self._count[seen.moment.value] += 1
            kill = self._next()
            if kill and kill.point == seen.moment and self._count[seen.moment.value] == kill.number:
                self._kill()

    def _next(self) -> Kill | None:
        return next((kill for kill in self._left if kill.phase is self.phase), None)

    def _note_totals(self) -> None:
        if self.phase and not self._died_in_phase:
            found = Counter({(self.phase, point): count for point, count in self._count.items()})
            found[self.phase, STEP] = self._shared.steps
            self.totals |= found
