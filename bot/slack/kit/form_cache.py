"""The forms of rounds, laid out once: everybody who presses *Reply* gets the same but for their receipt."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock

from bot.core.model import Round, RoundId, SupportCard
from bot.core.norms import Norm, asked_about
from bot.slack.kit.builders import View
from bot.slack.kit.limits import Fitted, fit_view

KEPT = 16
"""So many forms are remembered, those used last."""

ANY_METADATA = "-"

Contents = tuple[Round, SupportCard, tuple[Norm, ...]]


class FormCache:
    """Caches the forms built last, fitted to Slack's limits. Safe for threads."""

    def __init__(self, lay_out: Callable[..., View]) -> None:
        """Lay forms out with ``lay_out(round, support, metadata, ledger, change=...)``."""
        self._lay_out = lay_out
        self._lock = Lock()
        self._forms: OrderedDict[tuple[RoundId, bool], tuple[Contents, Fitted]] = OrderedDict()

    def of(
        self, round_: Round, support: SupportCard, ledger: Sequence[Norm] = (), *, change: bool = False
    ) -> Fitted:
        """Return the form of a round. The caller replaces its metadata and must not change its blocks."""
        asked = asked_about(round_.prompt)
        norms = tuple(norm for norm in ledger if norm.id in asked)  # the whole ledger grows with every round
        key, contents = (round_.id, change), (round_, support, norms)
        with self._lock:
            known = self._forms.get(key)
            if known and known[0] == contents:
                self._forms.move_to_end(key)
                return known[1]
        form = Fitted(fit_view(self._lay_out(round_, support, ANY_METADATA, norms, change=change)))
        with self._lock:
            self._forms[key] = (contents, form)
            self._forms.move_to_end(key)
            while len(self._forms) > KEPT:
                self._forms.popitem(last=False)
        return form
