"""Who was asked what in about four weeks: the rule of the product, over a book kept in memory."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import date

from bot.core.audiences import WINDOW_DAYS, Askable, Shared, StatementKey, askables_of
from bot.core.model import RoundId, RoundPrompt

Audience = frozenset[int]


@dataclass(slots=True)
class Book:
    """Every audience of every round, by what it was asked, oldest first; all rounds have closed."""

    asked: dict[StatementKey, list[tuple[date, Audience]]] = field(default_factory=dict)

    def shared(self, audience: AbstractSet[int], on: date) -> Shared:
        """How many of these people were asked a statement before, as seen on this day."""

        def count(statement: Askable) -> int:
            earlier = (one for key in statement.keys for one in self.asked.get(key, ()))
            recent = [people for day, people in earlier if (on - day).days < WINDOW_DAYS]
            return len(audience & frozenset[int]().union(*recent))

        return count

    def open(self, prompt: RoundPrompt, audience: Audience, on: date) -> None:
        """Freeze the audience of a round under every statement that it asks."""
        for statement in askables_of(prompt, RoundId("r")):
            for key in statement.keys:
                self.asked.setdefault(key, []).append((on, audience))
