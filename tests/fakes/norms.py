"""The part of the fake store with the norms."""

from bot.core.model import ChannelId, NormId, Round, RoundState
from bot.core.norms import Norm


class FakeNorms:
    """Norms in the order in which they were first written; ``_tables`` belongs to the transaction."""

    def put_norm(self, norm: Norm) -> None:
        self._tables.norms[norm.id] = norm  # type: ignore[attr-defined]

    def fetch_norm(self, norm_id: NormId) -> Norm | None:
        found: Norm | None = self._tables.norms.get(norm_id)  # type: ignore[attr-defined]
        return found

    def list_norms(self, channel: ChannelId) -> tuple[Norm, ...]:
        return tuple(norm for norm in self._tables.norms.values() if norm.channel == channel)  # type: ignore[attr-defined]

    def fetch_box(self, channel: ChannelId) -> Round | None:
        rounds: list[Round] = list(self._tables.rounds.values())  # type: ignore[attr-defined]
        return next(
            (one for one in rounds if one.channel == channel and one.state is RoundState.GATHERING), None
        )
