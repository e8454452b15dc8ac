"""What a worker keeps of a shard that it owns."""

from contextlib import ExitStack
from dataclasses import dataclass


@dataclass(slots=True)
class Owned:
    """A shard of this worker, with the lock of its storage.

    ``is_bound``: PostgreSQL names this storage for its cells. ``misses``: how often its lock there was found
    with another worker.
    """

    epoch: int
    storage: ExitStack
    is_bound: bool
    misses: int = 0
