"""The release rule: what may be shown of a round. A pure function of its replies and its frozen policy."""

from dataclasses import dataclass

from bot.core.model import ItemId, RoundId, TagId


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many of ``of`` people agree, as it may be shown: exact where ``low == high``, else a merged end."""

    of: int
    low: int
    high: int

    @property
    def exact(self) -> bool:
        """Whether one number is shown."""
        return self.low == self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRelease:
    """The one number shown of an item; ``count`` is None where too few answered it."""

    item: ItemId
    count: Count | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRelease:
    """How many writers chose a tag; only tags that may be shown are released."""

    tag: TagId
    count: Count


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """A round with fewer replies than its threshold: nothing is shown, and no number is kept."""

    round_id: RoundId


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The frozen result of a round: the same for everybody, for ever."""

    round_id: RoundId
    replies: int
    audience: int
    items: tuple[ItemRelease, ...]
    tags: tuple[TagRelease, ...] = ()
    quotes: tuple[str, ...] = ()


Release = Withheld | Published
