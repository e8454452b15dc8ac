"""The messages that are not known to be said: the real store and the fake, held to the same contract."""

from dataclasses import replace
from datetime import timedelta

from bot.core.model import ChannelId, RoundId
from bot.core.posts import Post, PostKind
from bot.ports import Store
from tests.contracts.test_store_retention import C1, C2, A, B, ended, fill, store
from tests.contracts.values import NOON, a_schedule

__all__ = ["store"]

POST = Post(
    kind=PostKind.SUMMARY,
    of=A,
    channel=C1,
    since=NOON,
    sends=2,
    not_before=NOON + timedelta(seconds=90),
    reason="fatal_error",
    reported=True,
    body="before: the name",
)


def put(store: Store, *posts: Post) -> None:
    with store.transaction("test") as tx:
        for post in posts:
            tx.put_post(post)


def posts(store: Store) -> tuple[Post, ...]:
    with store.read("test") as tx:
        return tx.list_posts()


def test_a_message_is_kept_as_it_is_and_one_of_each_kind_and_thing(store: Store) -> None:
    plain = Post(kind=PostKind.REMINDER, of=A, channel=C1, since=NOON + timedelta(seconds=1))
    put(store, POST, plain)
    changed = replace(POST, sends=1, not_before=None, reported=False)
    put(store, changed)

    assert (changed, plain) == posts(store)
    with store.read("test") as tx:
        assert plain == tx.fetch_post(PostKind.REMINDER, A)
        assert tx.fetch_post(PostKind.QUESTION, A) is None


def test_nothing_is_kept_of_what_was_said(store: Store) -> None:
    put(store, POST, replace(POST, of=B))
    with store.transaction("test") as tx:
        tx.delete_post(PostKind.SUMMARY, A)
        tx.delete_post(PostKind.QUESTION, B)

    assert (replace(POST, of=B),) == posts(store)


def test_after_a_start_nothing_waits_and_nothing_is_forgotten(store: Store) -> None:
    put(store, POST)
    with store.transaction("test") as tx:
        tx.clear_post_delays()

    assert (replace(POST, not_before=None),) == posts(store)


def test_with_a_round_a_schedule_and_a_channel_go_their_messages(store: Store) -> None:
    fill(store, ended(A, 1, 0), ended(B, 2, 7))
    schedule = a_schedule("s9", channel=C2)
    put(
        store,
        POST,
        replace(POST, of=B),
        replace(POST, kind=PostKind.GO_ON, of=schedule.id),
        replace(POST, kind=PostKind.TROUBLE, of=f"summary:{A}", channel=C2),
    )
    with store.transaction("test") as tx:
        tx.put_schedule(schedule)
        tx.forget_rounds([RoundId(A)])
        tx.delete_schedule(schedule.id)
    assert [B, f"summary:{A}"] == [post.of for post in posts(store)]

    with store.transaction("test") as tx:
        tx.forget_channel(C2)

    assert [B] == [post.of for post in posts(store)]
    assert ChannelId(C1) == posts(store)[0].channel
