"""Read and replace a file of SQLite as a whole, while programs that use SQLite keep from writing in it.

The lock is the one that SQLite takes before it writes. POSIX drops it when this process closes any descriptor
of the file, so nothing else in the process may open it meanwhile.
Source: https://www.sqlite.org/lockingv3.html, and ``sqlite3.c`` for the place of the locks.
"""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from time import monotonic

from bot.store.connections import ORDERLESS_PRAGMAS, WaitPolicy, connect
from bot.store.failures import in_use_error
from bot.store.files import check_room
from bot.store.rewriting import has_journal

SPARE_BYTES = 1 << 20
"""How much free space is required beyond the new file, which is written beside the old one."""

_RESERVED_BYTE = 0x40000000 + 1
"""Who has this byte locked is the only one who may begin to write (RESERVED lock)."""

_FORMATS, _WITH_LOG = slice(18, 20), 2
"""Where the header says for writers and for readers that changes may lie in a write-ahead log."""

_BLOCK_BYTES = 1 << 20

_NO_UNNAMED_FILES = frozenset({errno.EOPNOTSUPP, errno.EISDIR, errno.ENOENT, errno.EINVAL, errno.EXDEV})
"""What a disk answers that cannot make a file without a name, or give it one later."""

Identity = tuple[int, int, int, int, int]
"""What differs once a file was replaced or written: device, inode, size, both times of its last change."""


def identity(path: Path | int) -> Identity:
    """Return what tells a file, or that of a descriptor, from what it was before. Raises ``OSError``."""
    found = os.stat(path)  # noqa: PTH116 - also of a descriptor
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


@contextmanager
def locked(path: Path, waits: WaitPolicy | None = None) -> Iterator[int]:
    """Keep all other programs from writing within the block; yield a descriptor of the file.

    Readers are not kept waiting. Raises ``StoreError`` (``in_use``) where another program writes for too
    long, and ``OSError``, also for a link.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        _lock(descriptor, path, waits or WaitPolicy())
        yield descriptor
    finally:
        os.close(descriptor)


def _lock(descriptor: int, path: Path, waits: WaitPolicy) -> None:
    deadline = waits.deadline()
    while True:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _RESERVED_BYTE)
        except OSError as error:
            if error.errno not in {errno.EACCES, errno.EAGAIN}:
                raise
        else:
            return
        if monotonic() >= deadline or not waits.pause():
            raise in_use_error(path)


def is_settled(descriptor: int, path: Path) -> bool:
    """Return whether all changes are in the locked file itself, none in a journal or a log beside it."""
    return _WITH_LOG not in os.pread(descriptor, _FORMATS.stop, 0)[_FORMATS] and not has_journal(path)


def settle(path: Path, waits: WaitPolicy | None = None) -> None:
    """Let SQLite end what was begun in the file itself, such as by a crash, and leave no journal or log.

    Call it without the lock. Raises ``sqlite3.Error`` and ``OSError``.
    """
    with closing(connect(path, ORDERLESS_PRAGMAS, waits=waits)) as file:
        (minutes,) = file.execute("PRAGMA user_version").fetchone()
        file.execute(f"PRAGMA user_version = {minutes:d}")  # a commit removes also a journal that is empty
    log = path.with_name(f"{path.name}-wal")
    with suppress(FileNotFoundError):
        if not log.stat().st_size:
            log.unlink()


def read(descriptor: int) -> tuple[bytes, Identity]:
    """Return the bytes of the locked file, and its identity. Raises ``OSError``."""
    blocks, place = [], 0
    while block := os.pread(descriptor, _BLOCK_BYTES, place):
        blocks.append(block)
        place += len(block)
    return b"".join(blocks), identity(descriptor)


def unfinished(path: Path) -> Path:
    """Return the name that the next file has for a moment before it takes the place of this one."""
    return path.with_name(f".{path.stem}.new")


def replace_file(path: Path, raw: bytes, time_s: int) -> None:
    """Put these bytes in the place of a file, on disk, with this time (seconds since 1970).

    Its name is on disk once the directory is synced. The next file has no name until it is complete: whoever
    copies the directory, also after a power cut, hardly ever finds two to compare. Raises ``OSError``; then
    the file is as before, and nothing is left beside it.
    """
    beside = unfinished(path)
    check_room(path.parent, len(raw) + SPARE_BYTES)
    beside.unlink(missing_ok=True)
    try:
        try:
            made = _write_unnamed(beside, raw, path, time_s)
        except OSError as error:
            if error.errno not in _NO_UNNAMED_FILES:
                raise
            made = _write_named(beside, raw, path, time_s)
        _take_place(path, made)
    except BaseException:  # it takes space, and the disk may be full
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise


def take_its_place(path: Path) -> None:
    """Give the file that is unfinished the name of this one, in one step. Raises ``OSError``."""
    unfinished(path).replace(path)


def _take_place(path: Path, made: int) -> None:
    """Do that for the file with this inode. A disk may report a failure though it has done it."""
    try:
        take_its_place(path)
    except OSError:
        if path.stat().st_ino != made:
            raise


def _write_unnamed(beside: Path, raw: bytes, like: Path, time_s: int) -> int:
    """Write a file without a name, give it this one, and return its inode."""
    if not hasattr(os, "O_TMPFILE"):
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))
    folder = os.open(beside.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        descriptor = os.open(".", os.O_WRONLY | os.O_TMPFILE | os.O_CLOEXEC, 0o600, dir_fd=folder)
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            made = _fill(file.fileno(), raw, like, time_s)
            # With a directory, or Python calls link(), which would link what stands in /proc.
            os.link(f"/proc/self/fd/{descriptor}", beside.name, dst_dir_fd=folder, follow_symlinks=True)
            return made
    finally:
        os.close(folder)


def _write_named(beside: Path, raw: bytes, like: Path, time_s: int) -> int:
    """Write a file of this name, and return its inode."""
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        return _fill(file.fileno(), raw, like, time_s)


def _fill(descriptor: int, raw: bytes, like: Path, time_s: int) -> int:
    """Write a private file to the disk; root leaves it to the owner of the one before. Return its inode."""
    rest = memoryview(raw)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    os.fchmod(descriptor, 0o600)  # whatever the umask is
    if os.geteuid() == 0:
        with suppress(FileNotFoundError):
            before = like.stat()
            os.fchown(descriptor, before.st_uid, before.st_gid)
    os.utime(descriptor, (time_s, time_s))
    os.fsync(descriptor)
    return os.fstat(descriptor).st_ino
