"""The notes that were decided on and not yet said: each is tried until it is said once."""

from bot.core.model import RoundId
from bot.core.posts import Post, PostKind
from bot.ports import ChannelNote, Desk
from bot.service.channels import say_introduction, tell_an_admin
from bot.service.endings import tell_end

OF_AN_END = frozenset({PostKind.CANCELLED, PostKind.KEY_LOST})
NOTES = OF_AN_END | {PostKind.INTRODUCTION, PostKind.NEWS, PostKind.TROUBLE}
"""What nothing else is waiting for; every other message is said by the flow that it belongs to."""


def owed_notes(posts: tuple[Post, ...]) -> tuple[Post, ...]:
    """Return which of these messages are notes."""
    return tuple(post for post in posts if post.kind in NOTES)


def say_owed(desk: Desk, post: Post) -> None:
    """Say a note, unless somebody has meanwhile. Raises ``SlackError`` as ``posting.say`` does."""
    if post.kind is PostKind.INTRODUCTION:
        say_introduction(desk, post.channel)
    elif post.kind not in OF_AN_END:
        tell_an_admin(desk, post)
    else:
        with desk.store.read("ended_round") as tx:
            round_ = tx.fetch_round(RoundId(post.of))
        if round_:
            tell_end(desk, round_, ChannelNote(post.kind.value))
        else:
            with desk.store.transaction("note_of_no_round") as tx:
                tx.delete_post(post.kind, post.of)
