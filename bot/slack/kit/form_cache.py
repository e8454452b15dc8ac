"""Build the form of each round once in each language.

Everybody who presses *Reply* and reads this language gets this form with another receipt.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

from bot.core.language import ENGLISH, Language
from bot.core.model import Round, SupportCard
from bot.core.norms import Norm, asked_about
from bot.core.translation import round_in
from bot.slack.kit.builders import View
from bot.slack.kit.limits import Fitted, fit_view

KEPT = 48
"""The number of cached forms. The most recently used forms are kept."""

ANY_METADATA = "-"


class FormCache:
    """A cache of the most recently used forms, fitted to Slack's limits. Safe for threads."""

    def __init__(self, build_form: Callable[..., View]) -> None:
        """Build forms with ``build_form(round, support, metadata, norms, change=..., language=...)``."""

        @lru_cache(KEPT)
        def fitted(
            round_: Round,
            support: SupportCard,
            norms: tuple[Norm, ...],
            change: bool,  # noqa: FBT001 - a key
            language: Language,
        ) -> Fitted:
            asked = round_in(round_, language.code)
            view = build_form(asked, support, ANY_METADATA, norms, change=change, language=language)
            return Fitted(fit_view(view))

        self._fitted = fitted

    def of(
        self,
        round_: Round,
        support: SupportCard,
        ledger: Sequence[Norm] = (),
        *,
        change: bool = False,
        language: Language = ENGLISH,
    ) -> Fitted:
        """Return the form of a round in a language, in which its prompt must be.

        The caller replaces its metadata and must not change its blocks.
        """
        asked = asked_about(round_.prompt)
        # Leave out the rest of the ledger, because it grows with every round.
        norms = tuple(norm for norm in ledger if norm.id in asked)
        return self._fitted(round_, support, norms, change, language)
