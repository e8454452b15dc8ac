"""Load prompt packs from folders or single files into core types."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path

from bot.config.pack_schema import (
    ITEM_WORDS,
    MOST_ITEMS,
    CoCreateSection,
    DimensionSection,
    PackFile,
    PromptSection,
)
from bot.config.problems import Problem, error_of, nearest, parse, quoted
from bot.config.translations import is_translation, with_translations, without_pack
from bot.config.yaml_documents import Document, KeyPath, read_document
from bot.core.language import ENGLISH_CODE
from bot.core.model import (
    Accepted,
    CoCreatePrompt,
    CoCreateUse,
    Dimension,
    DimensionKey,
    Lens,
    PackId,
    Prompt,
    PromptId,
    PromptPack,
    Side,
    Statement,
    StatementId,
    Tag,
    TagId,
)
from bot.core.pack_texts import FALL_BACK, problems_of
from bot.core.wording import places
from bot.errors import PromptPackError

PACK_FILE = "pack.yaml"


def load_packs(paths: Sequence[Path]) -> Mapping[PackId, PromptPack]:
    """Load the packs under these paths, by id.

    A path may be a pack's single file, its folder (with a pack.yaml), or a folder of such files and folders.
    Raises ``PromptPackError`` with file, line, key and remedy.
    """
    packs: dict[PackId, PromptPack] = {}
    for path in paths:
        for place in _pack_places(path):
            pack = load_pack(place)
            if pack.id in packs:
                raise PromptPackError(
                    f"{place.name}: there are two packs with the id {quoted(pack.id)}.",
                    remedy="Give one another id.",
                )
            packs[pack.id] = pack
    return packs


def load_pack(path: Path) -> PromptPack:
    """Load the pack in this file, or in the .yaml files of this folder. Raises ``PromptPackError``.

    In a folder, a file that is called like a language, such as ``de.yaml``, is a translation of the pack.
    """
    try:
        documents = tuple(_read_documents(path))
    except OSError as problem:
        raise _unreadable(path, problem) from None
    parts = tuple(
        _Part(document=one, file=parse(one, PackFile, PromptPackError))
        for one in documents
        if not is_translation(one)
    )
    if not parts:
        raise without_pack(documents[0])
    return with_translations(_Assembly(parts).pack(), [one for one in documents if is_translation(one)])


def pack_notes(pack: PromptPack) -> tuple[str, ...]:
    """Return a remark for each statement with more than 16 words, and for each incomplete translation."""
    own = [statement for prompt in pack.prompts for statement in prompt.statements]
    anchors = [dimension.anchor for dimension in pack.dimensions]
    long = [
        f"Pack {pack.id}: the statement {statement.id} has {words} words; up to {ITEM_WORDS} read well."
        for statement in (*own, *anchors)
        if (words := len(statement.text.split())) > ITEM_WORDS
    ]
    unusable = Counter(problem.language for problem in problems_of(pack) if problem.fault in FALL_BACK)
    incomplete = [
        f"Pack {pack.id}: in {language}, {many} texts cannot be used; 'belonging prompts check' names them."
        for language, many in unusable.items()
    ]
    return (*long, *incomplete)


def _unreadable(path: Path, problem: OSError) -> PromptPackError:
    reason = problem.strerror or "unknown reason"
    return PromptPackError(
        f"{path}: cannot be read ({reason}).", remedy="Check the path, and who may read it."
    )


def _pack_places(path: Path) -> tuple[Path, ...]:
    try:
        return _find_places(path)
    except OSError as problem:
        raise _unreadable(path, problem) from None


def _find_places(path: Path) -> tuple[Path, ...]:
    if path.is_file() or (path / PACK_FILE).is_file():
        return (path,)
    if not path.is_dir():
        raise PromptPackError(f"{path}: there is no such file or folder.", remedy="Correct the path.")
    inside = sorted(path.iterdir())
    places = [entry for entry in inside if (entry / PACK_FILE).is_file() or _is_yaml(entry)]
    if not places:
        raise PromptPackError(
            f"{path}: there is no prompt pack in this folder.",
            remedy="Put a folder with a pack.yaml there, or a single file such as my-pack.yaml.",
        )
    return tuple(places)


def _is_yaml(path: Path) -> bool:
    return path.suffix in {".yaml", ".yml"} and path.is_file() and not path.name.startswith(".")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    document: Document
    file: PackFile


def _read_documents(path: Path) -> Iterator[Document]:
    files = sorted(filter(_is_yaml, path.iterdir())) if path.is_dir() else [path]
    for file in files:
        name = f"{path.name}/{file.name}" if path.is_dir() else file.name
        document = read_document(file, name, PromptPackError)
        if document.data is None:
            raise PromptPackError(f"{name}: the file is empty.", remedy="Fill it, or take it away.")
        yield document


class _Assembly:
    """Build one pack from its files. Raises ``PromptPackError`` if they contradict each other."""

    def __init__(self, parts: Sequence[_Part]) -> None:
        self.parts = parts
        self.seen: dict[str, str] = {}

    def pack(self) -> PromptPack:
        pack_id, title = self.header("id"), self.header("title")
        dimensions = tuple(
            self.dimension(part, section, ("dimensions", index))
            for part in self.parts
            for index, section in enumerate(part.file.dimensions)
        )
        keys = {dimension.key for dimension in dimensions}
        prompts = tuple(
            self.prompt(part, section, ("prompts", index), keys)
            for part in self.parts
            for index, section in enumerate(part.file.prompts)
        )
        co_create = tuple(
            self.co_create(part, section, ("co_create", index))
            for part in self.parts
            for index, section in enumerate(part.file.co_create)
        )
        if not prompts:
            raise PromptPackError(
                f"{self.parts[0].document.name}: the pack has no prompts.", remedy="Add at least one."
            )
        whole = PromptPack(
            id=PackId(pack_id),
            title=title,
            dimensions=dimensions,
            prompts=prompts,
            co_create=co_create,
            note=self.once("note") or "",
            language=self.once("language") or ENGLISH_CODE,
        )
        return replace(whole, accepted=tuple(self.accepted(places(whole))))

    def header(self, key: str) -> str:
        """Return the ``id`` or ``title``, which exactly one of the files gives."""
        found = self.once(key)
        if found is None:
            names = [part.document.name for part in self.parts]
            name = next((name for name in names if name.endswith(PACK_FILE)), names[0])
            raise PromptPackError(
                f"{name}, {key}: is missing.",
                remedy=f"Give the pack an {key}." if key == "id" else "Give the pack a title.",
            )
        return found

    def once(self, key: str) -> str | None:
        """Return what at most one of the files gives; None if none does."""
        found = [(part, getattr(part.file, key)) for part in self.parts if getattr(part.file, key)]
        if len(found) > 1:
            self.refuse(found[1][0], (key,), "the pack has this already", "Keep it in one file.")
        return str(found[0][1]) if found else None

    def dimension(self, part: _Part, section: DimensionSection, path: KeyPath) -> Dimension:
        self.claim(part, (*path, "key"), f"dimension {section.key}")
        return Dimension(
            key=DimensionKey(section.key),
            label=section.label,
            side=Side(section.side),
            asks=section.asks,
            anchor=Statement(id=StatementId(f"{section.key}-anchor"), text=section.anchor),
            tags=tuple(
                Tag(id=TagId(f"{section.key}-tag-{key}"), text=text) for key, text in section.tags.items()
            ),
        )

    def prompt(
        self, part: _Part, section: PromptSection, path: KeyPath, dimensions: set[DimensionKey]
    ) -> Prompt:
        self.claim(part, (*path, "id"), f"prompt {section.id}")
        key = DimensionKey(section.dimension or part.file.dimension or "")
        where: KeyPath = (*path, "dimension") if section.dimension else ("dimension",)
        if not key:
            self.refuse(part, path, "names no dimension", "Add dimension: to the prompt or the file.")
        if key not in dimensions:
            hint = nearest(key, dimensions) or f"Known: {', '.join(sorted(dimensions)) or 'none'}."
            self.refuse(part, where, f"there is no dimension {quoted(key)} in this pack", hint)
        if not 1 <= len(section.items) <= MOST_ITEMS:
            self.refuse(part, (*path, "items"), f"has {len(section.items)} statements", "Write one or two.")
        return Prompt(
            id=PromptId(section.id),
            dimension=key,
            question=section.question,
            statements=tuple(
                Statement(
                    id=StatementId(f"{section.id}-{letter}"), text=statement.text, reversed=statement.reversed
                )
                for letter, statement in zip("ab", section.items, strict=False)
            ),
            lens=Lens(section.lens),
            ideas=section.ideas,
        )

    def co_create(self, part: _Part, section: CoCreateSection, path: KeyPath) -> CoCreatePrompt:
        self.claim(part, (*path, "id"), f"prompt {section.id}")
        return CoCreatePrompt(
            id=PromptId(section.id),
            name=section.name,
            question=section.question,
            gives=section.gives,
            ideas=section.ideas,
            use=CoCreateUse(section.use) if section.use else None,
            tags=tuple(Tag(id=TagId(key), text=text) for key, text in section.tags.items()),
        )

    def accepted(self, there: AbstractSet[str]) -> Iterator[Accepted]:
        """Yield the remarks that authors accept; ``there``: the ids of all texts of the pack."""
        for part in self.parts:
            for place, reasons in part.file.accepted.items():
                path = ("accepted", place)
                if place not in there:
                    hint = nearest(place, there) or "Take it out, or write the id of a text of this pack."
                    self.refuse(part, path, f"there is no text {quoted(place)} in this pack", hint)
                self.claim(part, path, f"acceptance {place}")
                for rule, reason in reasons.items():
                    yield Accepted(place=place, rule=rule, reason=reason)

    def claim(self, part: _Part, path: KeyPath, what: str) -> None:
        """Raise ``PromptPackError`` if this id was used before; say where."""
        if what in self.seen:
            kind, name = what.split(" ", 1)
            self.refuse(
                part,
                path,
                f"the {kind} {quoted(name)} was there before ({self.seen[what]})",
                "Give it another.",
            )
        self.seen[what] = f"{part.document.name}, line {part.document.line(path)}"

    def refuse(self, part: _Part, path: KeyPath, what: str, remedy: str) -> None:
        problem = Problem(path=path, what=what, remedy=remedy)
        raise error_of(part.document, [problem], PromptPackError)
