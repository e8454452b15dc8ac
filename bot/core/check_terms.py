"""Judge for how long data is kept, and whether the settings are as agreed."""

from collections.abc import Iterator
from datetime import datetime

from bot.core.agreement import Agreement, Terms, differences
from bot.core.check_rules import Judgement, error, ok, remark


def judge_retention(months: int | None, cutoff: datetime | None, rounds: int, norms: int) -> Judgement:
    """Return for how long results and norms are kept, and how many are older than that."""
    where, set_it = "retention", "set retention.summaries_months in config.yaml"
    if months is None or cutoff is None:
        remedy = f"So that nothing is kept longer than it is needed, {set_it}."
        return remark(where, "Results and norms are kept for ever.", remedy)
    if not rounds and not norms:
        return ok(where, f"Results and norms go after {months} months; what is tried or kept stays.")
    return remark(
        where,
        f"Questions with their results ({rounds}), and proposals and norms ({norms}), are from before "
        f"{cutoff.date()}: the running bot deletes them within a day, as they are kept for {months} months.",
        f"To keep them, {set_it} to more months, or to none, before the bot starts.",
    )


def judge_agreement(agreement: Agreement, terms: Terms) -> Iterator[Judgement]:
    """Yield an error for each setting that is not as agreed."""
    found = differences(agreement.terms, terms)
    remedy = "Set it back and restart the bot, or agree on the change and correct the file."
    yield from (error("agreement", one.sentence, remedy) for one in found)
    if not found:
        yield ok("agreement", f"The settings are those agreed on {agreement.signed_on}.")
