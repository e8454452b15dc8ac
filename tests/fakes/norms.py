"""The part of the fake store with the norms."""

from collections.abc import Collection
from datetime import date

from bot.core.model import ChannelId, NormId, Round, RoundKind, RoundState
from bot.core.norms import Norm, NormState

LIVE = {RoundState.OPEN, RoundState.CLOSING, RoundState.RELEASED}
OF_NO_NORM = {RoundKind.REFLECT, RoundKind.COLLECT}
STAY = {NormState.TRYING, NormState.KEPT}


class FakeNorms:
    """Norms in the order in which they were first written; ``_tables`` belongs to the transaction."""

    def put_norm(self, norm: Norm) -> None:
        self._tables.norms[norm.id] = norm  # type: ignore[attr-defined]

    def fetch_norm(self, norm_id: NormId) -> Norm | None:
        found: Norm | None = self._tables.norms.get(norm_id)  # type: ignore[attr-defined]
        return found

    def list_norms(self, channel: ChannelId) -> tuple[Norm, ...]:
        return tuple(norm for norm in self._tables.norms.values() if norm.channel == channel)  # type: ignore[attr-defined]

    def list_old_norms(self, day: date) -> tuple[NormId, ...]:
        rounds: list[Round] = list(self._tables.rounds.values())  # type: ignore[attr-defined]
        busy = {one.channel for one in rounds if one.state in LIVE and one.prompt.kind not in OF_NO_NORM}
        norms: list[Norm] = list(self._tables.norms.values())  # type: ignore[attr-defined]
        old = (one for one in norms if one.last.on < day and one.state not in STAY)
        return tuple(one.id for one in old if one.channel not in busy)

    def forget_norms(self, norms: Collection[NormId]) -> None:
        for norm_id in norms:
            self._tables.norms.pop(norm_id, None)  # type: ignore[attr-defined]
        self._tables.unscrubbed[1] = None  # type: ignore[attr-defined]

    def fetch_suggestion_box(self, channel: ChannelId) -> Round | None:
        rounds: list[Round] = list(self._tables.rounds.values())  # type: ignore[attr-defined]
        return next(
            (one for one in rounds if one.channel == channel and one.state is RoundState.GATHERING), None
        )
