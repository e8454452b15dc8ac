"""Gather for ``belonging check`` what it says of the stored data and of an agreement. Changes nothing."""

from collections.abc import Collection, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from bot.config import Config, load_agreement
from bot.core.agreement import Terms
from bot.core.check_rules import Judgement, error, from_error
from bot.core.check_terms import judge_agreement, judge_retention
from bot.core.schedule import Schedule
from bot.errors import BotError, ConfigError, StoreError
from bot.service.retention import retention_cutoff
from bot.store.audit.database import read_damaged
from bot.store.audit.installation import list_damaged
from bot.store.backup import Snapshot
from bot.store.failures import damage_behind


def stored_judgements(config: Config, at: datetime) -> Iterator[Judgement]:
    """Yield judgements on the stored data: what is damaged, and what is old."""
    yield from _damaged_rows(config)
    yield from _damaged_files(config)
    yield from _retention(config, at)


def agreement_judgements(
    config: Config, file: Path | None, schedules: Collection[Schedule] | None
) -> Iterator[Judgement]:
    """Yield how the settings differ from what was agreed: in this file, else in the one of config.yaml.

    ``schedules``: all of this installation; None where they cannot be read, which is reported elsewhere.
    """
    try:
        agreement = load_agreement(file) if file else config.settings.agreement
    except ConfigError as problem:
        yield from_error("agreement", problem)
        return
    if agreement:
        yield from judge_agreement(agreement, _terms(config, schedules))


def _terms(config: Config, schedules: Collection[Schedule] | None) -> Terms:
    if schedules is None:
        return config.settings.terms
    return replace(
        config.settings.terms,
        channels=frozenset(one.channel for one in schedules),
        tenure=any(one.tenure for one in schedules),
    )


def _damaged_rows(config: Config) -> Iterator[Judgement]:
    """Report the rows that the bot cannot read and leaves out, each by its table and id."""
    path = config.data_dir / "belonging.db"
    if not path.exists():
        return
    with suppress(StoreError, OSError):  # reported above
        for row in read_damaged(path):
            what = f"The row {row} cannot be read: it is left out, and all else goes on."
            yield error("belonging.db", what, "Run the version that wrote it, or restore a backup.")


def _damaged_files(config: Config) -> Iterator[Judgement]:
    """Report the ballot files and audience files that cannot be read."""
    with suppress(OSError):  # the directories are checked below
        for path in list_damaged(config.data_dir, config.ballots_dir):
            if path.parent == config.ballots_dir:
                what = f"{path} is damaged: its round takes no replies, and ends as key lost after its close."
                yield error("ballots", what, "Leave it there, and look why: usually the disk fails.")
            else:
                what = f"{path} is damaged, so nobody can tell who was asked what lately."
                remedy = "Restart the bot: it begins the file anew, and what was asked lately rests."
                yield error("audiences.db", what, remedy)


def _retention(config: Config, at: datetime) -> Iterator[Judgement]:
    """Report for how long results and norms are kept, and how many are to be deleted."""
    months, path = config.settings.keep_months, config.data_dir / "belonging.db"
    cutoff = retention_cutoff(at, months) if months else None
    if cutoff is None or not path.exists():
        yield judge_retention(months, cutoff, 0, 0)
        return
    with suppress(StoreError, OSError), closing(Snapshot(path)) as copy, copy.read("old") as tx:
        yield judge_retention(
            months, cutoff, len(tx.list_ended_before(cutoff)), len(tx.list_old_norms(cutoff.date()))
        )


def database_error(config: Config, problem: BotError | OSError) -> Judgement:
    """Return the judgement for a belonging.db that cannot be read."""
    damage = damage_behind(config.data_dir / "belonging.db", problem)
    if config.cell and damage:
        remedy = f"Restore a backup: belonging restore --workspace {config.cell} --from FILE --force"
        return error("belonging.db", damage.message, f"{remedy} (the bot may run).")
    if isinstance(problem, BotError):
        return from_error("belonging.db", problem)
    return error("belonging.db", f"It cannot be read ({problem.strerror}).", "Run this as the bot's user.")
