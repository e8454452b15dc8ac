"""Attack a live installation by reading only, and report what was tried and found and what to do.

Every attack is a pure function of the evidence. Findings show no byte of a reply, no key and no member id.
"""

from collections.abc import Iterable

from bot.core.audit import Evidence, LastProof
from bot.proof.attack_results import Attack, AttackResult, Verdict
from bot.proof.audiences import check_audiences
from bot.proof.ballots import check_ballot_schema, check_ended_rounds, check_order, check_times
from bot.proof.files import check_app_schema, check_location, check_permissions, find_copies
from bot.proof.hosting import find_neighbours, find_tokens
from bot.proof.people import find_people
from bot.proof.process import check_core_dumps, check_logs
from bot.proof.results import recompute_results
from bot.proof.subtraction import subtract_results

__all__ = ["ATTACKS", "AttackResult", "Verdict", "has_failed", "last_proof", "prove"]

ATTACKS: tuple[Attack, ...] = (
    find_people,
    find_tokens,
    find_neighbours,
    check_order,
    check_times,
    check_ballot_schema,
    check_app_schema,
    check_audiences,
    check_permissions,
    check_ended_rounds,
    find_copies,
    check_location,
    check_logs,
    check_core_dumps,
    recompute_results,
    subtract_results,
)
"""All attacks, in the order of the report."""


def prove(evidence: Evidence) -> tuple[AttackResult, ...]:
    """Return the results of all attacks, in the order of ``ATTACKS``."""
    return tuple(attack(evidence) for attack in ATTACKS)


def has_failed(results: Iterable[AttackResult]) -> bool:
    """Return whether any attack succeeded."""
    return any(result.verdict is Verdict.FAIL for result in results)


def last_proof(evidence: Evidence, results: Iterable[AttackResult]) -> LastProof:
    """Return what is stored of a proof: its time, and the attacks that found something."""
    by_verdict: dict[Verdict, list[str]] = {verdict: [] for verdict in Verdict}
    for result in results:
        by_verdict[result.verdict].append(result.attack)
    not_tried = by_verdict.pop(Verdict.NOT_TRIED)
    return LastProof(
        at=evidence.at,
        tried=len(ATTACKS) - len(not_tried),
        failed=tuple(by_verdict[Verdict.FAIL]),
        warned=tuple(by_verdict[Verdict.WARNING]),
    )
