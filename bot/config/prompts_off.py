"""``prompts_off``: prompts and whole topics that a team does not want to be asked."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from bot.config.problems import Problem, error_of, nearest, quoted
from bot.config.yaml_documents import Document
from bot.core.model import PackId, PromptPack
from bot.errors import ConfigError

KEY = "prompts_off"


def switch_off(
    document: Document, packs: Mapping[PackId, PromptPack], off: Sequence[str]
) -> Mapping[PackId, PromptPack]:
    """The packs without what is switched off: prompts by their id, topics with all that is theirs by key.

    An id counts in every pack that has it. A topic that is off is not asked beside another either. Raises
    ``ConfigError`` for ids that no pack has, and when a pack would have nothing left to ask.
    """
    known = frozenset(name for pack in packs.values() for name in _names(pack))
    problems = [
        Problem(
            path=(KEY, index),
            what=f"no pack has a prompt or topic {quoted(name)}",
            remedy=nearest(name, known) or "See them all: belonging prompts list",
        )
        for index, name in enumerate(off)
        if name not in known
    ]
    left = {key: _without(pack, frozenset(off)) for key, pack in packs.items()}
    problems += [
        Problem(
            path=(KEY,),
            what=f"the pack {quoted(pack.id)} has no prompt left",
            remedy="Leave one, or take the pack out of prompts.",
        )
        for pack in left.values()
        if not pack.prompts
    ]
    if problems:
        raise error_of(document, problems, ConfigError)
    return left


def _names(pack: PromptPack) -> Iterator[str]:
    yield from (dimension.key for dimension in pack.dimensions)
    yield from (prompt.id for prompt in pack.prompts)
    yield from (template.id for template in pack.co_create)


def _without(pack: PromptPack, off: AbstractSet[str]) -> PromptPack:
    return replace(
        pack,
        dimensions=tuple(one for one in pack.dimensions if one.key not in off),
        prompts=tuple(one for one in pack.prompts if one.id not in off and one.dimension not in off),
        co_create=tuple(one for one in pack.co_create if one.id not in off),
    )
