"""Post the notes that are stored and not yet posted; each is tried until it is posted once."""

from bot.core.model import RoundId
from bot.core.posts import Post, PostKind
from bot.ports import ChannelNote, Services
from bot.service.channels import post_introduction, tell_an_admin
from bot.service.close_rounds import tell_end

OF_AN_END = frozenset({PostKind.CANCELLED, PostKind.KEY_LOST})
NOTES = OF_AN_END | {PostKind.INTRODUCTION, PostKind.NEWS, PostKind.TROUBLE}
"""Messages on which nothing else depends; every other message is posted by its own flow."""


def select_notes(posts: tuple[Post, ...]) -> tuple[Post, ...]:
    """Return those of these messages that are notes."""
    return tuple(post for post in posts if post.kind in NOTES)


def post_note(services: Services, post: Post) -> None:
    """Post a note, unless another thread has posted it. Raises ``SlackError`` as ``post_once`` does."""
    if post.kind is PostKind.INTRODUCTION:
        post_introduction(services, post.channel)
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
