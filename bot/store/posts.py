"""The messages that are not known to be said."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from bot.core.model import ChannelId
from bot.core.posts import Post, PostKind
from bot.store.codec import time_text

T = TypeVar("T")
Row = Mapping[str, Any]


class PostRows:
    """The part of a transaction that keeps what is to be said, and how often it was sent."""

    def put_post(self, post: Post) -> None:
        """Keep a message that is not known to be said, in place of what was kept of it."""
        self._change("put_post", post_row(post))

    def fetch_post(self, kind: PostKind, of: str) -> Post | None:
        """What is kept of a message, if anything."""
        found = self._all("fetch_post", {"kind": kind.value, "of": of}, post_of)
        return found[0] if found else None

    def list_posts(self) -> tuple[Post, ...]:
        """Every message that is not known to be said, the oldest first."""
        return self._all("list_posts", {}, post_of)

    def delete_post(self, kind: PostKind, of: str) -> None:
        """Keep nothing of a message any more."""
        self._change("delete_post", {"kind": kind.value, "of": of})

    def release_posts(self) -> None:
        """Let every message be sent with the next wake-up."""
        self._change("release_posts", {})

    def _all(self, name: str, values: Row, read: Callable[[Row], T]) -> tuple[T, ...]:
        raise NotImplementedError

    def _change(self, name: str, values: Row) -> int:
        raise NotImplementedError


def post_row(post: Post) -> Row:
    """The row of a message."""
    return {
        "kind": post.kind.value,
        "of": post.of,
        "channel": post.channel,
        "since": time_text(post.since),
        "sends": post.sends,
        "not_before": time_text(post.not_before) if post.not_before else None,
        "reason": post.reason,
        "reported": post.reported,
        "body": post.body,
    }


def post_of(row: Row) -> Post:
    """The message of a row; raises ``ValueError``."""
    return Post(
        kind=PostKind(row["kind"]),
        of=row["of"],
        channel=ChannelId(row["channel"]),
        since=datetime.fromisoformat(row["since"]),
        sends=row["sends"],
        not_before=datetime.fromisoformat(row["not_before"]) if row["not_before"] else None,
        reason=row["reason"],
        reported=bool(row["reported"]),
        body=row["body"],
    )
