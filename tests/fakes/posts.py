"""The part of the fake store with the messages whose delivery is not known."""

from dataclasses import replace

from bot.core.posts import Post, PostKind


class FakePosts:
    """Queries about such messages; ``_tables`` belongs to the transaction."""

    def put_post(self, post: Post) -> None:
        self._tables.posts[post.kind, post.of] = post  # type: ignore[attr-defined]

    def fetch_post(self, kind: PostKind, of: str) -> Post | None:
        found: Post | None = self._tables.posts.get((kind, of))  # type: ignore[attr-defined]
        return found

    def list_posts(self) -> tuple[Post, ...]:
        posts = self._tables.posts.values()  # type: ignore[attr-defined]
        return tuple(sorted(posts, key=lambda post: (post.since, post.kind, post.of)))

    def delete_post(self, kind: PostKind, of: str) -> None:
        self._tables.posts.pop((kind, of), None)  # type: ignore[attr-defined]

    def clear_post_delays(self) -> None:
        posts = self._tables.posts  # type: ignore[attr-defined]
        for key, post in posts.items():
            posts[key] = replace(post, not_before=None)
