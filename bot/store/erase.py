"""Remove every file of an installation, for good."""

from pathlib import Path

from bot.store.audiences import NAME
from bot.store.failures import store_error
from bot.store.heartbeat import NAME as HEARTBEAT
from bot.store.lock import HOLD_NAME, LOCK_NAME
from bot.store.upgrade import BEFORE_UPGRADE

_OURS = (
    *(
        f"{name}{suffix}"
        for name in ("belonging.db", ".belonging.db.part", BEFORE_UPGRADE, f".{BEFORE_UPGRADE}.part", NAME)
        for suffix in ("", "-wal", "-shm", "-journal")
    ),
    HEARTBEAT,
    f"{HEARTBEAT}.part",
    LOCK_NAME,
)


def erase(data_dir: Path, ballots_dir: Path, keys_dir: Path) -> tuple[Path, ...]:
    """Remove every file of the bot and the empty directories; return what is left and is not the bot's.

    Keys and ballots must be destroyed before (``KeyVault``, ``BallotBoxes``). The lock file goes last. The
    file of holds stays: by its size a bot that serves this cell sees that a command had it. Raises
    ``StoreError``.
    """
    try:
        for name in _OURS:
            (data_dir / name).unlink(missing_ok=True)
        folders = (ballots_dir, keys_dir, data_dir)
        for folder in folders:
            if folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir()):
                _remove(folder)
        left = (path for folder in folders if folder.is_dir() for path in folder.iterdir())
        return tuple(sorted(path for path in left if path.name != HOLD_NAME))
    except OSError as error:
        raise store_error(data_dir, error) from error


def _remove(folder: Path) -> None:
    """Remove a directory, unless it is a mount point or its parent belongs to somebody else."""
    try:
        folder.rmdir()
    except OSError:
        return
