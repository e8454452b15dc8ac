"""The id of a storage: it tells PostgreSQL on which storage the cells of a shard lie."""

import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

from bot.errors import DataDirectoryError
from bot.store.failures import store_error
from bot.store.files import sync

NAME = "storage-id"

_ID = re.compile(r"[0-9a-f]{32}")


def read_storage_id(data_dir: Path) -> str | None:
    """Return the id of the storage on which this data directory lies; None if it has none yet.

    Raises ``DataDirectoryError`` for one that is damaged: a new one would leave all cells on it unserved.
    """
    path = data_dir / NAME
    try:
        text = path.read_bytes()[:100].decode("ascii", "replace").strip()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DataDirectoryError(
            f"{path} cannot be read ({error.strerror}).", remedy="Run this as the bot's user."
        ) from None
    if not _ID.fullmatch(text):
        raise DataDirectoryError(
            f"{path} is damaged: it is to hold 32 digits 0-9 and a-f.",
            remedy="Restore it. `belonging cluster status` shows the ids that PostgreSQL knows.",
        )
    return text


def storage_id(data_dir: Path) -> str:
    """Return the id of the storage; the first worker on it makes the id, and only one of several does.

    Raises ``DataDirectoryError`` for a damaged one, and ``BotError`` where it cannot be written.
    """
    found = read_storage_id(data_dir)
    if found is not None:
        return found
    part = data_dir / f".{NAME}.{secrets.token_hex(8)}.part"
    try:
        _write(part, secrets.token_hex(16))
        with suppress(FileExistsError):  # another worker was faster, and its id counts
            os.link(part, data_dir / NAME)  # the file is there whole or not at all
        sync(data_dir)
    except OSError as error:
        raise store_error(data_dir / NAME, error) from error
    finally:
        part.unlink(missing_ok=True)
    found = read_storage_id(data_dir)
    assert found, "it was made just now"
    return found


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"{text}\n")
        file.flush()
        os.fsync(file.fileno())
