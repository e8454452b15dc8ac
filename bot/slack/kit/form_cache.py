"""Build the form of each round once. Everybody who presses *Reply* gets this form with another receipt."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock

from bot.core.model import Round, RoundId, SupportCard
from bot.core.norms import Norm, asked_about
from bot.slack.kit.builders import View
from bot.slack.kit.limits import Fitted, fit_view

KEPT = 16
"""The number of cached forms. The most recently used forms are kept."""

ANY_METADATA = "-"

Contents = tuple[Round, SupportCard, tuple[Norm, ...]]


class FormCache:
    """A cache of the most recently used forms, fitted to Slack's limits. Safe for threads."""

    def __init__(self, build_form: Callable[..., View]) -> None:
        """Build forms with ``build_form(round, support, metadata, ledger, change=...)``."""
        self._build_form = build_form
        self._lock = Lock()
        self._forms: OrderedDict[tuple[RoundId, bool], tuple[Contents, Fitted]] = OrderedDict()

    def of(
        self, round_: Round, support: SupportCard, ledger: Sequence[Norm] = (), *, change: bool = False
    ) -> Fitted:
        """Return the form of a round. The caller replaces its metadata and must not change its blocks."""
        asked = asked_about(round_.prompt)
        # Leave out the rest of the ledger, because it grows with every round.
        norms = tuple(norm for norm in ledger if norm.id in asked)
        key, contents = (round_.id, change), (round_, support, norms)
        with self._lock:
            known = self._forms.get(key)
            if known and known[0] == contents:
                self._forms.move_to_end(key)
                return known[1]
        form = Fitted(fit_view(self._build_form(round_, support, ANY_METADATA, norms, change=change)))
        with self._lock:
            self._forms[key] = (contents, form)
            self._forms.move_to_end(key)
            while len(self._forms) > KEPT:
                self._forms.popitem(last=False)
        return form
