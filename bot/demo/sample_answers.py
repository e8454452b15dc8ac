"""Provide invented answers of an invented team. No person wrote them about a real team."""

import random
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from bot.demo.companies import RADWERK, TILLEUL

_MARK = "(sample answer)"
_SENTENCES = (
    "I was asked what I would change about stand-up, and the next week it was changed.",
    "Someone saved me a seat at lunch without being asked.",
    "I know how to join in by now, but I have not yet seen my idea end up in a plan.",
    "Decisions are mostly made before the meeting; I hear them kindly explained afterwards.",
    "When I was off sick, people covered for me and nobody made a fuss of it.",
    "The retro notes are good. I would like us to pick one thing and really do it.",
    "I laughed more this week than I had expected to.",
    "People are friendly, and still I save my questions for the one colleague I know best.",
    "My first review took four days. A hello after an hour would have been enough.",
    "I got to present my own work to the customers. That meant a lot.",
    "I like that we say when we do not know something.",
    "The old jokes are funny, they need a glossary though.",
    "I suggested a different template and was told how it has always been done.",
    "Ruth walked me through the release twice and was patient both times.",
    "Our planning meeting falls into my evening. Moving it by an hour would help.",
    "I feel wanted here. I am not sure that I am needed yet.",
    "It helped that the roadmap discussion was written down, so I could add to it later.",
    "We changed the on-call rota after one of us spoke up. More of that.",
    "In large calls I rarely find a gap to speak in.",
    "I have been here for years and learned something from our newest colleague on Tuesday.",
    "The team remembered that I do not drink, and found a place that suited everyone.",
    "I could say no to a deadline and it was all right.",
    "There is a habit of deciding in direct messages. I would rather see it in the channel.",
    "Nothing special this week, and that is meant well.",
)
SAMPLES: tuple[str, ...] = tuple(f"{sentence} {_MARK}" for sentence in _SENTENCES)
"""Sentences that fit most questions; each is marked as a sample."""

_OWN_WORDS: Mapping[str, tuple[str, ...]] = {
    "de": (
        "Ich sagte, was mich am Stand-up stört, und bald war es anders. (Beispielantwort)",
        "Hier sagt man, wenn man etwas nicht weiß. Das tut mir gut. (Beispielantwort)",
        "In großen Runden finde ich selten eine Lücke, um etwas zu sagen. (Beispielantwort)",
    ),
    "ja": (
        "わからないことを、わからないと言えるところが好きです。 (サンプル回答)",
        "会議の前に決まっていることが多いので、話し合いにもっと早く加わりたいです。 (サンプル回答)",
        "新しい提案をしたら、次の週にはみんなで試してくれました。 (サンプル回答)",
    ),
}

_OWN_WORDS_AT: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    TILLEUL: {
        "fr": (
            "Au comité de lecture, on m'a laissé finir ma phrase. (exemple de réponse)",
            "Les maquettes se décident souvent avant la réunion. (exemple de réponse)",
            "Quand j'étais malade, Odile a relu mes épreuves sans rien dire. (exemple de réponse)",
            "J'aimerais savoir plus tôt quels livres nous refusons, et pourquoi. (exemple de réponse)",
            "On rit beaucoup ici, et on sait aussi se taire ensemble. (exemple de réponse)",
            "J'ai proposé une collection, et on l'essaie cet automne. (exemple de réponse)",
            "Je n'ose pas encore dire qu'un titre ne me plaît pas. (exemple de réponse)",
            "Le déjeuner du jeudi m'a aidé à connaître tout le monde. (exemple de réponse)",
        )
    },
    RADWERK: {
        "de": (
            "Beim Bestellplan wurde ich zum ersten Mal gefragt. (Beispielantwort)",
            "In der Werkstatt hilft jeder jedem, im Büro weiß ich es noch nicht. (Beispielantwort)",
            "Mein Vorschlag mit der Abholwand hängt seit Montag. (Beispielantwort)",
            "Manches wird beim Rauchen entschieden, und ich rauche nicht. (Beispielantwort)",
            "Emre hat mir die Nabe dreimal gezeigt und nie geseufzt. (Beispielantwort)",
            "Ich wüsste gern früher, wann wir am Samstag aufmachen. (Beispielantwort)",
            "Als ich einen Fehler machte, haben wir zusammen gelacht. (Beispielantwort)",
            "Die Jause am Freitag ist das Beste an der Woche. (Beispielantwort)",
        )
    },
}
"""What people of some workspaces write, where it is not what everybody writes; by its id."""


def own_words(locale: str, team_id: str = "") -> tuple[str, ...]:
    """Return what somebody writes who has set Slack to this locale; nothing for whoever writes English."""
    return _OWN_WORDS_AT.get(team_id, _OWN_WORDS).get(locale.partition("-")[0], ())


def answers_to(asked: str) -> tuple[str, ...]:
    """Return the sentences that fit the question in this text, each another; ``SAMPLES`` for unknown ones."""
    said = " ".join(asked.split())
    return next((texts for question, texts in answers_by_question().items() if question in said), SAMPLES)


@cache
def answers_by_question() -> Mapping[str, tuple[str, ...]]:
    """Return the sentences of sample_answers.txt by the part of a question that tells it from others."""
    text = files("bot.demo").joinpath("sample_answers.txt").read_text(encoding="utf-8")
    found = {}
    for block in ("\n" + text).split("\n? ")[1:]:
        question, *sentences = [line for line in block.splitlines() if line]
        found[question] = tuple(f"{sentence} {_MARK}" for sentence in sentences)
    return found


_RULES = (
    "When we decide something, whoever is newest speaks first.",
    "On Wednesdays we leave the morning free of meetings.",
    "After each meeting, one of us writes down what we decided, and until when one can object.",
    "When somebody is interrupted, the next to speak hands the word back.",
    "Before we choose a tool, two people who will use it every day try it for a week.",
    "When a question is asked in the channel, we answer it there, so that whoever comes later finds it.",
    "Each month somebody else chairs our planning.",
    "Whoever joins us is asked after two weeks what we should stop doing.",
)
PROPOSALS: tuple[str, ...] = tuple(f"{rule} {_MARK}" for rule in _RULES)
"""Proposals of what a team could try; each is marked as a sample."""

_SHAPING = re.compile(
    r"shap|decid|decision|habit|chang|influenc|how we work|idea|propos|suggest|rule|routine|ways? of working"
    r"|a say|full part|my team|what new people notice|responsib|trusted early|little difference",
    re.IGNORECASE,
)
_NEGATIVE = re.compile(
    r"\b(not|never|hard|difficult|left out|alone|afraid|hide|visitor|closed to|outsiders|disappear"
    r"|interrupted|little difference|to myself|takes effort)\b",
    re.IGNORECASE,
)


def rating(statement: str, *, newcomer: bool, chance: random.Random) -> float:
    """Return how far someone agrees with a statement, from 0.0 (not at all) to just below 1.0 (fully).

    Newcomers agree less with statements about shaping, deciding, habits and change than with statements about
    being welcome. Long-timers agree with both. For a negative statement, the value is inverted.
    """
    shaping = _SHAPING.search(statement) is not None
    middle = (0.42 if shaping else 0.82) if newcomer else (0.78 if shaping else 0.84)
    if _NEGATIVE.search(statement):
        middle = 1.0 - middle
    return min(0.999, max(0.0, chance.gauss(middle, 0.13)))
