"""Find phrases whose meaning differs from their words, with plain words for each.

They do not translate, and people who read English as a second language may take them literally. The list
holds what packs have been found to use; it is no dictionary.
"""

import re
from collections.abc import Iterator, Mapping

IDIOMS: Mapping[str, str] = {
    "the door": "how people get in",
    "open(?:s|ed)? (?:a|the|some) doors?": "helped somebody to a chance",
    "the circle": "who is one of us",
    "the stake": "a share",
    "fingerprints": "what somebody has changed",
    "leav(?:e|es|ing) (?:a|my|your|our) mark|a mark of (?:my|our|your) own": "change something",
    "talk(?:s|ed|ing)? over": "interrupt",
    "out of sight": "hidden, or missed",
    "(?:in|out of) the room": "there, or not there",
    "(?:a )?seat at the table": "being asked in time",
    "(?:to|over|at|off to) the edge": "taking part less",
    "drift(?:s|ed|ing)?": "take part less",
    "slid(?:e|es|ing) off": "take part less",
    "reach(?:es|ed|ing)? out": "get in touch",
    "fresh eyes|with the eyes of": "what new people notice",
    "familiar faces|same faces": "the same people",
    "over (?:our|my|their|your) heads": "without us",
    "(?:in|into) few hands": "by a few",
    "open to question": "we can question it",
    "ends? up": "becomes, or leads to",
    "go(?:es|ing)? another way": "decide something else",
    "(?:need|ask(?:s|ing)? for|lend) a hand": "help",
    "swallow(?:s|ed)? what": "keep it to oneself",
    "(?:put|puts|putting) work down": "stop thinking about work",
    "put(?:s|ting)? \\w+ on the spot": "embarrass",
    "land(?:s|ed)? on (?:us|them|me|you)": "change their work",
    "lean(?:s|ed|ing)? on": "depend on",
    "pick(?:s|ed)? up": "use",
    "catch yourself": "notice",
    "hold(?:s)? on to": "keep to oneself",
    "walk(?:s|ed)? in": "arrive",
    "let it travel": "where else it could help",
    "own(?:s|ed|ing)? up": "admit",
    "in the open": "openly",
    "guest than host|like a guest": "like a visitor",
    "want(?:s)? me around": "want me in this team",
    "mak(?:e|es|ing) room": "let them take full part",
    "long-timers?|longer-serving": "having been here longer",
    "old hands?": "having been here longer",
    "on the same page": "agree",
    "think outside": "think of something new",
    "at the end of the day": "in the end",
    "go(?:es)? the extra mile": "do more than is asked",
    "a level playing field": "the same chances",
    "bring(?:s)? (?:my|your|their) whole self": "be open about oneself",
    "ha(?:s|ve) (?:my|your|our|their|each other['’]s) backs?": "support",
    "in the same boat": "in the same position",
    "(?:think|thinking) out of the box": "think of something new",
    "(?:feel|feels|felt) at home": "feel part of this team",
    "deaf ears": "is not listened to",
    "under the (?:rug|carpet)": "is not talked about",
    "wear(?:s|ing)? (?:many|several|two) hats": "do several kinds of work",
    "above and beyond": "more than is asked",
    "let(?:s|ting)? off steam": "say what annoys us",
    "under the radar": "unnoticed",
    "(?:in|out of) the loop": "told in time",
    "under the bus": "blamed",
    "(?:break|breaks|breaking|broke) the ice": "begin to talk",
    "hit(?:s|ting)? the ground running": "begin quickly",
    "touch(?:es|ing)? base": "talk briefly",
    "(?:on|off) the table": "being talked about",
    "rock(?:s|ing)? the boat": "disturb",
    "pull(?:s|ing)? (?:my|your|our|their) weight": "do one's share",
    "drop(?:s|ped|ping)? the ball": "forget what was promised",
    "cut(?:s|ting)? corners": "work carelessly to save time",
    "(?:get|gets|got|getting|stand|stands|standing) in the way": "make it hard",
    "(?:the|a) glass ceiling": "who is promoted",
    "on board": "part of the team, or in agreement",
    "thick skin": "bear criticism",
    "(?:the|a) cold shoulder": "being ignored",
    "speak(?:s)? truth to power": "disagree with those who lead",
    "walking on eggshells": "being very careful",
    "see(?:s|ing)? eye to eye": "agree",
    "(?:bend|bends|bending|bent) over backwards": "do a lot for somebody",
    "(?:a )?piece of cake": "easy",
    "once in a blue moon": "seldom",
}
"""Patterns (case-insensitive), each with what to say instead."""

_FOUND = {
    re.compile(rf"(?<![\w'’-])(?:{phrase})(?![\w'’-])", re.IGNORECASE): say for phrase, say in IDIOMS.items()
}


def idioms_in(text: str) -> Iterator[tuple[str, str]]:
    """Yield the idioms of a text as written there, each with plain words for it.

    >>> list(idioms_in("The same few people get talked over."))
    [('talked over', 'interrupt')]
    """
    for pattern, say in _FOUND.items():
        if found := pattern.search(text):
            yield found[0], say
