"""The messages that are not known to be said."""

from bot.core.model import ChannelId
from bot.core.posts import Post, PostKind
from bot.store.row_reader import Row
from bot.store.serialization import moment_of, time_text
from bot.store.statements import Statements


class PostRows(Statements):
    """The part of a transaction that keeps what is to be said, and how often it was sent."""

    def put_post(self, post: Post) -> None:
        """Keep a message that is not known to be said, in place of what was kept of it."""
        self._change("put_post", post_row(post))

    def fetch_post(self, kind: PostKind, of: str) -> Post | None:
        """Return what is kept of a message, if anything."""
        return self._first("fetch_post", {"kind": kind.value, "of": of}, post_of)

    def list_posts(self) -> tuple[Post, ...]:
        """Return every message that is not known to be said, the oldest first."""
        return self._all("list_posts", {}, post_of)

    def delete_post(self, kind: PostKind, of: str) -> None:
        """Keep nothing of a message any more."""
        self._change("delete_post", {"kind": kind.value, "of": of})

    def release_posts(self) -> None:
        """Let every message be sent with the next wake-up."""
        self._change("release_posts", {})


def post_row(post: Post) -> Row:
    """Return the row of a message."""
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
    """Return the message of a row; raises ``ValueError``."""
    return Post(
        kind=PostKind(row["kind"]),
        of=row["of"],
        channel=ChannelId(row["channel"]),
        since=moment_of(row["since"]),
        sends=row["sends"],
        not_before=moment_of(row["not_before"]) if row["not_before"] else None,
        reason=row["reason"],
        reported=bool(row["reported"]),
        body=row["body"],
    )
