"""Judge a cluster before a worker runs: facts in, judgements with remedies out."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum

from bot.core.check_rules import Judgement, error, ok, remark

DATABASE = "PostgreSQL"
WORKER = "worker"
STORAGE = "storage"
ADDRESS = "cluster.address"
SERVED = "shards"

LOOK_AGAIN = "Look again in a moment: belonging cluster status. If it stays so, the workers' logs say why."

CLOCK_MAY_DIFFER = timedelta(seconds=10)
"""A request that one worker passes on to another is refused where their clocks differ by much more."""

CLOCK_MAY_DRIFT = timedelta(seconds=2)
"""Clocks that set themselves by network time differ by much less."""

THIS_MACHINE = frozenset({"127.0.0.1", "localhost", "::1"})
MOST_NAMED = 5


class Tables(StrEnum):
    """What the tables in a database are to this version of the bot."""

    NONE = "none"
    OLDER = "older"
    CURRENT = "current"
    NEWER = "newer"


def judge_database(version: str, tables: Tables) -> Judgement:
    """Judge a database that answers, and to which each statement of a session goes directly."""
    there = f"It answers (PostgreSQL {version}), without a pooler in between"
    match tables:
        case Tables.NONE:
            return ok(
                DATABASE, f"{there}. It has no tables yet: the first worker, or the import, makes them."
            )
        case Tables.OLDER:
            return ok(
                DATABASE, f"{there}. Its tables are of an older version: the next worker upgrades them."
            )
        case Tables.NEWER:
            return error(
                DATABASE,
                "Its tables are of a newer version of this bot.",
                "Start that version, or restore the database from before its upgrade.",
            )
        case Tables.CURRENT:
            return ok(DATABASE, f"{there}. Its tables are of this version.")


def judge_path(host: str, sslmode: str) -> Iterator[Judgement]:
    """Judge the way to the database on this host, or a socket. ``sslmode``: as libpq names it.

    Whoever answers in its place could name other workers as owners, and stop the bot.
    """
    if sslmode != "verify-full" and host not in THIS_MACHINE and not host.startswith("/"):
        yield remark(
            "way to PostgreSQL",
            f"Nothing proves that it is your PostgreSQL that answers at {host}.",
            "Outside of a network of your own, add ?sslmode=verify-full&sslrootcert=FILE to "
            "BELONGING_DATABASE_URL.",
        )


def judge_database_clock(ahead: timedelta) -> Judgement:
    """Judge the clock of this machine by PostgreSQL's, which all workers see."""
    where = "clock of PostgreSQL"
    if abs(ahead) <= CLOCK_MAY_DIFFER:
        return ok(where, "It goes with that of this machine.")
    direction = "ahead of" if ahead > timedelta(0) else "behind"
    return error(
        where,
        f"The clock of this machine is {abs(ahead).total_seconds():.0f} seconds {direction} PostgreSQL's.",
        "Let both set themselves by network time (timedatectl set-ntp true): workers whose clocks differ by "
        "more than ten seconds refuse what the others pass on.",
    )


def judge_worker(name: str, address: str, host: str, *, taken: bool, runs: bool) -> Iterator[Judgement]:
    """Judge the name of a worker on this machine, and where the others reach it.

    ``host``: on which it listens. ``taken``: a worker of this name is alive, and it does not run on this
    storage; ``runs``: it does.
    """
    if name.partition(".")[0] == "localhost":
        what = f"It would be called {name}, as on every machine without a name of its own."
        yield error(WORKER, what, "Give it one: belonging worker --name NAME, or BELONGING_WORKER.")
    elif taken:
        what = f"A worker called {name} runs elsewhere, on another storage."
        yield error(WORKER, what, "Give this one a name of its own: --name NAME, or BELONGING_WORKER.")
    else:
        yield ok(WORKER, f"{name} runs now." if runs else f"It would be called {name}.")
    if host in THIS_MACHINE and not any(f"//{one}" in address for one in (*THIS_MACHINE, "[::1]")):
        yield remark(
            ADDRESS,
            f"The others look for it at {address}, and it listens on {host}, for this machine only.",
            "Write slack.http.host: 0.0.0.0, and let only the proxy and the workers reach its port.",
        )
    else:
        yield ok(ADDRESS, f"The others reach it at {address}")


def judge_workers(alive: Sequence[str], draining: Sequence[str]) -> Judgement:
    """Tell which workers PostgreSQL has heard of just now."""
    if not alive:
        return ok("workers", "None runs now.")
    leaving = f"; about to leave: {', '.join(draining)}" if draining else ""
    return ok("workers", f"{len(alive)} run now: {', '.join(alive)}{leaving}.")


def judge_served(unserved: Sequence[tuple[str, str]], *, workspaces: int, runs: bool) -> Iterator[Judgement]:
    """Judge what ``belonging cluster status`` says of shards with workspaces that nobody serves.

    ``unserved``: what, and what to do, if anything. ``runs``: whether any worker does; before the first one
    starts, nothing is wrong.
    """
    if not runs:
        if workspaces:
            what = f"No worker runs, so nobody serves the workspaces: {workspaces}."
            yield remark(SERVED, what, "Start one: belonging worker")
        return
    for what, remedy in unserved:
        yield error(SERVED, what, remedy or LOOK_AGAIN)


def judge_keys(foreign: Sequence[str]) -> Iterator[Judgement]:
    """Judge the living workers whose addresses were signed with no key of this configuration."""
    if foreign:
        yield error(
            "workers",
            f"The BELONGING_CLUSTER_KEYS here are not those of {_named(foreign)}.",
            "Give all workers the same. For a new key, set OLD,NEW on all first; then NEW,OLD; then NEW.",
        )


def judge_clocks(skews_ms: Mapping[str, int]) -> Iterator[Judgement]:
    """Judge the clocks of the living workers among themselves: how far each is ahead of PostgreSQL's."""
    if not skews_ms:
        return
    first, last = max(skews_ms, key=skews_ms.__getitem__), min(skews_ms, key=skews_ms.__getitem__)
    apart = timedelta(milliseconds=skews_ms[first] - skews_ms[last])
    if apart > CLOCK_MAY_DRIFT:
        judge = error if apart > CLOCK_MAY_DIFFER else remark
        yield judge(
            "clocks of workers",
            f"The clock of {first} is {apart.total_seconds():.1f} seconds ahead of that of {last}.",
            "Let both set themselves by network time: timedatectl set-ntp true",
        )


def judge_locks(open_to_two: Sequence[tuple[int, str]], looked_at: int) -> Judgement:
    """Judge whether the lock of a storage keeps a second worker out.

    ``open_to_two``: shards, each with the living worker that owns it, that are not locked as seen from here.
    ``looked_at``: of how many.
    """
    if open_to_two:
        shard, owner = open_to_two[0]
        more = f" and {len(open_to_two) - 1} more" if len(open_to_two) > 1 else ""
        return error(
            STORAGE,
            f"{owner} has locked shard {shard}{more} of this storage, and from here it is open: two workers "
            "could write it.",
            "Stop the workers on all machines but one. Use storage whose locks hold between machines (NFSv4, "
            "CephFS), or a storage for each worker, made empty and not copied from another.",
        )
    if looked_at:
        return ok(
            STORAGE,
            f"Shards of this storage that a living worker has, all locked as seen from here: {looked_at}.",
        )
    return ok(STORAGE, "No worker has a shard of this storage now, so its locks could not be tried.")


def judge_shards(
    elsewhere: Sequence[str], unknown: Sequence[str], misplaced: Sequence[str]
) -> Iterator[Judgement]:
    """Judge the cells on this storage that nobody serves, or that two could serve.

    ``elsewhere``: those whose shard lies on another storage, as PostgreSQL knows. ``unknown``: those of whose
    shard PostgreSQL knows nothing. ``misplaced``: directories in another shard than their own.
    """
    if elsewhere:
        yield error(
            STORAGE,
            f"{_named(elsewhere)} lie here, and PostgreSQL says that they lie on another storage: nobody "
            "serves them here.",
            "Look which of the two is the right one, and take the other away.",
        )
    if unknown:
        yield error(
            STORAGE,
            f"{_named(unknown)} lie here, and PostgreSQL does not know: a worker on another storage would "
            "begin them anew, empty.",
            "Start the worker of this storage before the others: it tells PostgreSQL.",
        )
    if misplaced:
        yield error(
            STORAGE,
            f"{_named(misplaced)} lie in another shard than their own: nobody serves them.",
            "Rename each to the directory of its shard, unless one is there.",
        )


def _named(names: Sequence[str]) -> str:
    more = f", and {len(names) - MOST_NAMED} more," if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
