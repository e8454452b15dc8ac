"""Hold the prompt packs of the running bot, and replace all of them at once."""

from collections.abc import Iterator, Mapping

from bot.core.model import PackId, PromptPack


class PackRegistry(Mapping[PackId, PromptPack]):
    """The current packs by id. A read sees only old packs or only new packs.

    A reader that reads more than once takes a copy first: ``dict(registry)``.
    """

    def __init__(self, packs: Mapping[PackId, PromptPack]) -> None:
        """Start with these packs."""
        self._packs = dict(packs)

    def replace(self, packs: Mapping[PackId, PromptPack]) -> None:
        """Replace all packs in one atomic step."""
        self._packs = dict(packs)

    def __getitem__(self, pack: PackId) -> PromptPack:
        return self._packs[pack]

    def __iter__(self) -> Iterator[PackId]:
        return iter(self._packs)

    def __len__(self) -> int:
        return len(self._packs)
