"""The notes that were decided on and not yet said: each is tried until it is said once."""

from bot.core.model import RoundId
from bot.core.posts import Post, PostKind
from bot.ports import ChannelNote, Services
from bot.service.channels import say_introduction, tell_an_admin
from bot.service.close_rounds import tell_end

OF_AN_END = frozenset({PostKind.CANCELLED, PostKind.KEY_LOST})
NOTES = OF_AN_END | {PostKind.INTRODUCTION, PostKind.NEWS, PostKind.TROUBLE}
"""What nothing else is waiting for; every other message is said by the flow that it belongs to."""


def owed_notes(posts: tuple[Post, ...]) -> tuple[Post, ...]:
    """Return which of these messages are notes."""
    return tuple(post for post in posts if post.kind in NOTES)


def say_owed(services: Services, post: Post) -> None:
    """Say a note, unless somebody has meanwhile. Raises ``SlackError`` as ``posting.say`` does."""
    if post.kind is PostKind.INTRODUCTION:
        say_introduction(services, post.channel)
    elif post.kind not in OF_AN_END:
        tell_an_admin(services, post)
    else:
        with services.store.read("ended_round") as tx:
            round_ = tx.fetch_round(RoundId(post.of))
        if round_:
            tell_end(services, round_, ChannelNote(post.kind.value))
        else:
            with services.store.transaction("note_of_no_round") as tx:
                tx.delete_post(post.kind, post.of)
