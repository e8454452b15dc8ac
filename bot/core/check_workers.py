"""Judge what the workers that run have found about this machine: facts in, judgements with remedies out."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from bot.core.check_rules import Judgement, error, remark

WORKERS = "workers"


def judge_silent(silent: Mapping[str, str]) -> Iterator[Judgement]:
    """Judge living workers that do not answer this machine, each with its address."""
    for address, name in sorted((address, name) for name, address in silent.items()):
        yield error(
            WORKERS,
            f"{name} does not answer at {address}.",
            "Let it listen there (slack.http.host: 0.0.0.0), or correct its cluster.address. Each worker "
            "must reach the others.",
        )


def judge_first_key(without: Sequence[str]) -> Iterator[Judgement]:
    """Judge living workers that do not open what the first key here seals."""
    if without:
        yield error(
            WORKERS,
            f"The first of the BELONGING_CLUSTER_KEYS here is unknown to {', '.join(without)}.",
            "Give all workers the same. For a new key, set OLD,NEW on all first; then NEW,OLD; then NEW.",
        )


def judge_secrets(differing: Mapping[str, str]) -> Iterator[Judgement]:
    """Judge living workers with another secret; the value is its name."""
    by_secret = sorted(differing.items(), key=lambda one: (one[1], one[0]))
    for secret, workers in groupby(by_secret, key=lambda one: one[1]):
        yield error(
            WORKERS,
            f"The {secret} here is not that of {', '.join(name for name, _ in workers)}.",
            "Give all workers the same. To change it, stop all of them.",
        )


def judge_policies(differing: Sequence[str]) -> Iterator[Judgement]:
    """Judge living workers that open rounds under another policy."""
    if differing:
        yield remark(
            WORKERS,
            f"The policy here is not that of {', '.join(differing)}.",
            "Give all workers the same config.yaml.",
        )
