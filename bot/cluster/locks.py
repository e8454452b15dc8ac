"""The numbers of the advisory locks. PostgreSQL keeps locks by two numbers, for each database."""

CLASS = 0x42454C4F
"""The first number of every lock of a shard, and of the migrations."""

WORKER_CLASS = CLASS + 1
"""The first number of the lock of a worker's name."""

TRIAL_CLASS = CLASS + 2
"""The first number of locks that only try out the connection."""

MIGRATIONS = -1
"""The second number of the lock of migrations; that of a shard is its own."""
