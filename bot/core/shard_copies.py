"""Decide which copy of a shard counts, after a move to another storage was interrupted.

Both ends of a move mark their copy with the epoch of the owner that gives the shard. PostgreSQL names the
storage whose copy counts, and takes that owner's word only while it has the same epoch.
"""

from enum import Enum


class Copy(Enum):
    """What is to happen with a marked copy."""

    KEEP = "keep"
    """It counts: only the mark is taken away."""

    DESTROY = "destroy"
    """Another one counts, for good."""

    WAIT = "wait"
    """The move may still be under way, or PostgreSQL was set back to an earlier time."""


def judge(marked_epoch: int, *, here: str, named: str | None, epoch: int) -> Copy:
    """Return what is to happen with the copy on the storage ``here``.

    ``named``, ``epoch``: what PostgreSQL says of the shard now. While the epoch is that of the mark, that
    owner may still have the other storage named; each new owner, or the same one anew, has a greater one.
    """
    if named == here:
        return Copy.KEEP
    if named is not None and epoch > marked_epoch:
        return Copy.DESTROY
    return Copy.WAIT
