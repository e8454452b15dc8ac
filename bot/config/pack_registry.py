"""Where the prompt packs stand while the bot runs: they can be exchanged all at once."""

from collections.abc import Iterator, Mapping

from bot.core.model import PackId, PromptPack


class PackRegistry(Mapping[PackId, PromptPack]):
    """The packs in force, by id. Whoever looks sees all of the old ones or all of the new ones, never a mix.

    A reader that needs several looks takes ``dict(shelf)`` first.
    """

    def __init__(self, packs: Mapping[PackId, PromptPack]) -> None:
        """Begin with these."""
        self._packs = dict(packs)

    def exchange(self, packs: Mapping[PackId, PromptPack]) -> None:
        """Put these in place of all others, in one step that other threads cannot see half of."""
        self._packs = dict(packs)

    def __getitem__(self, pack: PackId) -> PromptPack:
        return self._packs[pack]

    def __iter__(self) -> Iterator[PackId]:
        return iter(self._packs)

    def __len__(self) -> int:
        return len(self._packs)
