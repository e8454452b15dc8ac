"""Check how well people can answer a pack's questions and statements, and return remarks.

A remark refuses nothing. It names what makes a text hard to answer, so that its author can change it, or
accept it with a reason. The rules are for English only. Their source: docs/prompts.md, "The wording rules".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from bot.core.idioms import idioms_in
from bot.core.model import CoCreatePrompt, Dimension, Prompt, PromptPack

STATEMENT_WORDS = 16
"""The most words of a statement that people read only once."""

QUESTION_WORDS = 36
"""The most words of an open question that people read only once."""

NOTE = "(No names needed.)"
"""The note in a question that may be answered with a story about somebody."""

NEAR_RUN = 5
"""A statement that shares this many words in a row with its anchor asks the same."""

NEAR_WORDS = 2
"""So does one that shares at least this many meaningful words, and at least half of them."""

_QUOTATION = re.compile(r"\"[^\"]*\"|“[^”]*”|„[^“”]*[“”]")
_DOUBLE = re.compile(
    r"(?<![\w'’-])(and/or|and|or|as well as|plus|but|because|(?:even )?though|although)(?![\w'’-])"
    r"|(&|;|(?<=[^\W\d])\s*/\s*(?=[^\W\d]))"
    r"|((?<!\be\.g)(?<!\bi\.e)(?<!\betc)(?<!\bvs)[.!?…])\s+\w"
    r"|(,) (?!too\b|however\b|though\b|say\b)\w+, "
    r"|^(?!(?:when|if|after|before|where|once|as|since|while|until|during|for|at|on|in|with|from|to|here|now|today"
    r"|lately|often|usually)\b)[^,]*(,) (?:my|our|i|we|they)\b"
    r"|(, yet|(?<![\w'’-])whereas)(?![\w'’-])",
    re.IGNORECASE,
)
"""What joins two claims: a word, a sign, the end of a first sentence, a row of commas."""

_ABSOLUTE = re.compile(
    r"(?<![\w'’-])(always|never|everyone|everybody|everything|every single|nobody|no[ -]one|nothing|none|all"
    r"|(?:every|each) (?:person|one|member|colleague|idea|voice|opinion|question)"
    r"|any(?:one|body) (?:can|may|could|is)"
    r"|constantly|invariably|completely|entirely|totally|100 ?%)(?:['’]s)?(?![\w'’-])",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"(?<![\w'’-])(not|no(?![ -]one\b)|cannot|\w+n['’]t|(?:ca|wo|do|does|did|is|are|was|were|ha[sd]|have)nt"
    r"|neither|nor|nowhere|refus(?:e|es|ed|ing) to"
    r"|without|hardly|barely|scarcely|seldom|rarely|fail(?:s|ed|ing)? to"
    r"|lack(?:s|ed|ing)?|(?:im|in|dis)(?:possible|capable|visible|adequate|sufficient|secure|honest|respect(?:ed|ful)?)"
    r"|un(?!der|load|lock|pack|fold|veil|cover|wind|like\b|ti[el]|less\b|it\b|its\b|ion|ite|iqu|iform|ivers|animous|usual|cle)\w{3,})(?![\w'’-])",
    re.IGNORECASE,
)
"""Words that negate a claim, and words that nearly do: *hardly*, *without*, *un-*."""

_NUMBER = r"one|two|three|four|five|six|seven|eight|nine|ten|\d+"
_SET_PHRASES = re.compile(
    rf"\b(?:(\w+) and \1|now and (?:then|again)|back and forth|up and down|give and take|ups and downs"
    rf"|day and night|here and now|pros and cons|trial and error|by and large|first and foremost"
    rf"|(?:{_NUMBER}) or (?:{_NUMBER}|more|fewer|less)|more or less|sooner or later|(?:he|his)/(?:she|hers?)"
    rf"|nothing but|anything but|no matter|no longer than"
    rf"|(?:after|above|first of|all in|at|once and for) all)\b",
    re.IGNORECASE,
)
_FRAME = re.compile(
    r"\b(?:lately|recently|today|these days|this (?:week|month|year)|(?:in|over|for) the (?:last|past))\b",
    re.IGNORECASE,
)
_PARTICIPLE = (
    r"(?!need)\w+ed|been|begun|brought|built|chosen|done|felt|found|given|got|gotten|grown|had|heard|held|kept"
    r"|known|learnt|led|left|made|met|said|seen|shown|spoken|taken|taught|told|won|written"
)
_REGULAR = r"(?!\w*eed)\w+ed"
_OWN_PAST = re.compile(
    rf"\b(?:I(?: have|['’]ve)(?: \w+ly| already| also| often| once)? (?:{_PARTICIPLE})|my first"
    rf"|I used to|we(?: have|['’]ve)(?: \w+ly| already| also| often| once)? (?:{_PARTICIPLE})"
    rf"|(?<!before )(?<!until )(?<!while )I (?:was|had|did|got|felt|came|joined|started|began|learned|found)"
    rf"|(?<!than )(?<!what )(?<!that )(?<!when )(?<!if )(?:I|we)(?: \w+ly| once| also)? {_REGULAR}"
    rf"|(?<!who ){_REGULAR} (?:me|us)"
    rf"|(?:start|weeks|days|welcome|beginning) (?:was|were)|ever)\b",
    re.IGNORECASE,
)
_ROLE = (
    r"(?:person|colleague|manager|leader|boss|supervisor|team ?mate|(?:team )?member|co-?worker"
    r"|friend|neighbou?r)(?:e?s)?\b"
)
_PERSON = re.compile(
    rf"\b(?:(?<!people )(?<!those )(?<!anyone )(?<!everybody )(?<!person )who(?:m|se)?\b"
    rf"|(?:people|those) whose|some(?:one|body)|any(?:one|body)(?! who\b)"
    rf"|(?<!in )wh(?:ich|at) (?:(?:one )?of (?:us|you|them)\b|(?:of (?:your|our|the) )?(?:people\b|{_ROLE}))"
    rf"|a (?:colleague|team ?mate|co-?worker|friend)\b|(?:him|his|he) or (?:hers?|she)\b"
    rf"|(?:one|two|your|our|the) {_ROLE}|names? of\b)",
    re.IGNORECASE,
)
_NOTED = re.compile(r"\b(?:no|without) names\b", re.IGNORECASE)
_ABOUT_PEOPLE = re.compile(
    r"^(?:(?:people|those|colleagues|members|(?:some|any|every)(?:one|body)|the \w+)"
    r" (?:who|whose|with|from|for|of|on|in|at|\w+ing)\b"
    rf"|(?:(?!\w+ing\b|same\b)[\w-]+ ){{0,2}}(?:{_ROLE}|people|persons|staff|women|men|parents|mothers"
    rf"|fathers|newbies|newcomers|introverts|part-timers|foreigners|(?:im)?migrants|trainees|apprentices|temps"
    r"|juniors|seniors|beginners|workers|speakers|(?:quiet|new|old|young)(?:er)? ones?)"
    r"(?:$| (?:who|whose|with|from|on|in|at)\b))"
    r"|\bthe only (?:one|person|woman|man|parent|mother|father|foreigner|newcomer)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[\w'’]+")
_ENGLISH = re.compile(
    r"the|what|when|which|how|people|our|this|that|with|you|your|who|my|are|and|they|have|do|it|here|there|from"
    r"|their|its|whose|to|would|can|did|was|be|as|if"
)
"""Frequent English words that other languages of its script seldom have."""

ENGLISH_SHARE = 0.12
"""Below this share of such words a pack is in another language. Our pack has more than a third."""

ENOUGH_WORDS = 20
"""The least number of words from which the language can be told."""

_COMMON = frozenset({"work", "help", "get"})
"""Words that statements about different topics share. These alone make no two statements alike."""

_LIGHT = re.compile(
    r"a|an|the|i|me|my|we|us|our|you|your|they|them|their|its?|this|that|these|those|here|there|in|on|at|of|to"
    r"|for|from|by|with|without|as|is|are|am|been?|do|does|did|have|has|had|can|could|would|will|may|what|when"
    r"|how|who|which|than|then|so|too|also|more|most|team|people|some(?:one|body)|and|or|not"
)
"""Words without a topic of their own."""


class Rule(StrEnum):
    """The rule that a remark is about."""

    LENGTH = "length"
    DOUBLE = "double-barrelled"
    ABSOLUTE = "absolute"
    NEGATION = "negation"
    IDIOM = "idiom"
    PAST = "past"
    NEAR = "near-anchor"
    NAMES = "names"
    LABEL = "label"
    SAME = "same-words"
    NEEDLESS = "needless"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A remark on the wording of a pack: where, which rule, and why.

    ``reason``: why its author accepts it; empty if nobody does.
    """

    place: str
    rule: Rule
    text: str
    reason: str = ""


def remarks(pack: PromptPack) -> tuple[Remark, ...]:
    """Return the remarks on a pack that nobody has accepted with a reason."""
    return tuple(remark for remark in every_remark(pack) if not remark.reason)


def every_remark(pack: PromptPack) -> tuple[Remark, ...]:
    """Return all remarks on a pack, accepted or not: topics, then prompts, then questions of co-creation.

    Accepting a remark that does not exist is a remark of its own. The rules do not know other languages
    (``is_english``): for such a pack only statements in the same words are remarked on.
    """
    english = is_english(pack)
    reasons = {(one.place, one.rule): one.reason for one in pack.accepted}
    found = (*(_remarks(pack) if english else ()), *_twice(pack))
    used = {(remark.place, remark.rule.value) for remark in found}
    there = places(pack)
    needless = (
        Remark(
            place=one.place,
            rule=Rule.NEEDLESS,
            text=f"accepts “{one.rule}”, where nothing is to be remarked on: take that out",
        )
        for one in pack.accepted
        if english and one.place in there and (one.place, one.rule) not in used
    )
    told = (replace(one, reason=reasons.get((one.place, one.rule.value), "")) for one in found)
    return (*told, *needless)


def is_english(pack: PromptPack) -> bool:
    """Return whether a pack's texts seem to be English. With too few words, they count as English."""
    texts = [topic.anchor.text for topic in pack.dimensions]
    texts += [prompt.question for prompt in pack.prompts]
    texts += [statement.text for prompt in pack.prompts for statement in prompt.statements]
    whole = " ".join(texts)
    letters = [letter for letter in whole if letter.isalpha()]
    if 2 * sum(letter.isascii() for letter in letters) < len(letters):
        return False
    words = _words(whole)
    known = sum(bool(_ENGLISH.fullmatch(word)) for word in words)
    return len(words) < ENOUGH_WORDS or known >= ENGLISH_SHARE * len(words)


def places(pack: PromptPack) -> frozenset[str]:
    """Return the ids of a pack's texts, as used in remarks."""
    return frozenset(
        (
            *(place for topic in pack.dimensions for place, _ in _topic_texts(topic)),
            *(topic.anchor.id for topic in pack.dimensions),
            *(prompt.id for prompt in pack.prompts),
            *(statement.id for prompt in pack.prompts for statement in prompt.statements),
            *(place for template in pack.co_create for place, _ in _template_texts(template)),
        )
    )


def statement_remarks(text: str, place: str = "") -> tuple[Remark, ...]:
    """Return what makes a statement with five answers hard to answer.

    >>> [remark.rule.value for remark in statement_remarks("I am heard and paid here.")]
    ['double-barrelled']
    >>> statement_remarks("I am asked again and again.")
    ()
    """
    found = (*_too_long(text, STATEMENT_WORDS), *_hard_words(text), *_idioms(text), *_past(text))
    return tuple(Remark(place=place, rule=rule, text=said) for rule, said in found)


def question_remarks(text: str, place: str = "") -> tuple[Remark, ...]:
    """Return what makes an open question hard to understand, or hard to answer without naming somebody."""
    found = (*_too_long(text, QUESTION_WORDS), *_idioms(text), *_names(text))
    return tuple(Remark(place=place, rule=rule, text=said) for rule, said in found)


def tag_remarks(text: str, place: str = "") -> tuple[Remark, ...]:
    """Return what makes a tag hard to read, or a label for people instead of a situation.

    >>> [remark.rule.value for remark in tag_remarks("People who are newer here")]
    ['label']
    >>> tag_remarks("When someone is still new")
    ()
    """
    found = (*_idioms(text), *_labels_people(text))
    return tuple(Remark(place=place, rule=rule, text=said) for rule, said in found)


def near_anchor(text: str, anchor: str) -> bool:
    """Return whether a statement asks nearly what the anchor beside it asks.

    Few shared words in a long statement do not count: half of the longer one's words must be shared.

    >>> near_anchor("Time spent with this team does me good.", "Working with this team does me good.")
    True
    >>> near_anchor("I know how to get a change started here.", "I help shape how we work here.")
    False
    """
    own, other = _words(text), _words(anchor)
    runs = {other[at : at + NEAR_RUN] for at in range(len(other) - NEAR_RUN + 1)}
    if any(own[at : at + NEAR_RUN] in runs for at in range(len(own) - NEAR_RUN + 1)):
        return True
    weighty, there = ({_stem(word) for word in words if not _LIGHT.fullmatch(word)} for words in (own, other))
    shared = weighty & there
    half = 2 * len(shared) >= max(len(weighty), len(there))
    return half and len(shared) >= NEAR_WORDS and not shared <= _COMMON


def _remarks(pack: PromptPack) -> Iterator[Remark]:
    anchors = {topic.key: topic.anchor.text for topic in pack.dimensions}
    for topic in pack.dimensions:
        yield from statement_remarks(topic.anchor.text, topic.anchor.id)
        for place, text in _topic_texts(topic):
            yield from tag_remarks(text, place)
    for prompt in pack.prompts:
        yield from _of_prompt(prompt, anchors[prompt.dimension])
    for template in pack.co_create:
        yield from question_remarks(template.question, template.id)
        for place, text in _template_texts(template):
            yield from tag_remarks(text, place)


def _of_prompt(prompt: Prompt, anchor: str) -> Iterator[Remark]:
    yield from question_remarks(prompt.question, prompt.id)
    for statement in prompt.statements:
        yield from statement_remarks(statement.text, statement.id)
        if near_anchor(statement.text, anchor) and _words(statement.text) != _words(anchor):
            said = f"asks nearly what its anchor asks (“{anchor}”): both count as one answer"
            yield Remark(place=statement.id, rule=Rule.NEAR, text=said)


def _twice(pack: PromptPack) -> Iterator[Remark]:
    """Yield remarks on statements with the same words under two ids."""
    statements = [topic.anchor for topic in pack.dimensions] + [
        statement for one in pack.prompts for statement in one.statements
    ]
    first: dict[tuple[str, ...], str] = {}
    for statement in statements:
        there = first.setdefault(_words(statement.text), statement.id)
        if there != statement.id:
            said = f"has the words of {there}: where one was asked, both rest for four weeks"
            yield Remark(place=statement.id, rule=Rule.SAME, text=said)


def _topic_texts(topic: Dimension) -> Iterator[tuple[str, str]]:
    """Yield the texts of a topic without its anchor, each with its id; label and question under its key."""
    yield topic.key, f"{topic.label}\n{topic.asks}"
    for tag in topic.tags:
        yield tag.id, tag.text


def _template_texts(template: CoCreatePrompt) -> Iterator[tuple[str, str]]:
    """Yield the other texts of a question of co-creation, each with its id."""
    yield template.id, f"{template.name}\n{template.gives}"
    for tag in template.tags:
        yield f"{template.id}-tag-{tag.id}", tag.text


def _too_long(text: str, most: int) -> Iterator[tuple[Rule, str]]:
    words = len(text.split())
    if words > most:
        yield Rule.LENGTH, f"has {words} words; up to {most} are read at one go"


def _hard_words(text: str) -> Iterator[tuple[Rule, str]]:
    """Yield words that join, exaggerate or negate a claim. Quotations are ignored."""
    own = _SET_PHRASES.sub(" ", _QUOTATION.sub(" ", text))
    if found := _DOUBLE.search(own):
        sign = next(part for part in found.groups() if part).strip()
        yield Rule.DOUBLE, f"“{sign}” may join two claims: somebody may agree with one of them alone"
    if found := _ABSOLUTE.search(own):
        yield Rule.ABSOLUTE, f"“{found[1]}” is absolute: one exception, and nobody can agree"
    if found := _NEGATED.search(own):
        yield Rule.NEGATION, f"“{found[1]}” negates: to disagree with it takes two turns; say the opposite"


def _idioms(text: str) -> Iterator[tuple[Rule, str]]:
    """Yield the first idiom of a text. Quotations count, because they have to be translated, too."""
    for phrase, say in idioms_in(text):
        yield Rule.IDIOM, f"“{phrase}” does not translate, and may be taken at its word; plain: {say}"
        return


def _past(text: str) -> Iterator[tuple[Rule, str]]:
    own = _QUOTATION.sub(" ", text)
    if (found := _OWN_PAST.search(own)) and not _FRAME.search(own):
        said = "is about what is past, so the answer can never move; say how it is now, or lately"
        yield Rule.PAST, f"“{found[0]}” {said}"


def _names(text: str) -> Iterator[tuple[Rule, str]]:
    if (found := _PERSON.search(_QUOTATION.sub(" ", text))) and not _NOTED.search(text):
        yield Rule.NAMES, f"“{found[0]}” may be answered with a name; ask without it, or add {NOTE}"


def _labels_people(text: str) -> Iterator[tuple[Rule, str]]:
    if found := _ABOUT_PEOPLE.search(text):
        said = "labels people, and may point at one of them; name the situation"
        yield Rule.LABEL, f"“{found[0]} …” {said}"


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.lower()))


def _stem(word: str) -> str:
    """Return a word without its commonest endings, so that *touches* and *touch* are equal."""
    return re.sub(r"(?:ing|ed|es|e|s)$", "", word) if len(word) > 4 else word  # noqa: PLR2004 - "does", "good"
