"""Rounds of the former steps of deciding, as the version before stored them, are read and shown."""

import json
from dataclasses import replace

import pytest

from bot.core.model import RoundKind
from bot.core.release import Published
from bot.report.export import as_csv, as_json
from bot.slack.kit.limits import fit_message
from bot.slack.results.result_blocks import result_message
from bot.store.mapping import prompt_of
from bot.store.serialization import loads
from tests.core.norm_rounds import asking
from tests.world import text_of

PROMPT = (
    '{"kind":"RoundPrompt","prompt_id":"co-05","dimension":"norms","label":"Live?","side":"belonging",'
    '"question":"Proposal","items":[{"kind":"Item","id":"%s","text":"We begin with news.","reversed":false}],'
    '"tags":[{"kind":"Tag","id":"unclear","text":"It is not clear enough to try"}],"asks_tenure":false,'
    '"kind_":"%s","norm":%s,"in_turn":false,"place":null}'
)
RELEASE = (
    '{"kind":"Published","round_id":"r1","replies":8,"audience":9,"items":[{"kind":"ItemRelease","item":"%s",'
    '"count":{"kind":"Count","of":8,"low":6,"high":8},"groups":[]}],"tags":[],"quotes":[],"removed":[],'
    '"proposals":[],"outcome":null,"tied":false}'
)
STORED = {
    RoundKind.DECIDE: (PROMPT % ("n1", "decide", "null"), RELEASE % "n1", "can live with it"),
    RoundKind.CONSENT: (PROMPT % ("consent", "consent", '"n1"'), RELEASE % "consent", "see no harm in it"),
}


@pytest.mark.parametrize("kind", STORED)
def test_a_stored_result_of_a_former_kind_is_read_shown_and_exported(kind: RoundKind) -> None:
    prompt, body, words = STORED[kind]
    round_ = replace(asking(kind), prompt=prompt_of(prompt))
    found = loads(Published, body)

    assert kind is round_.prompt.kind
    assert f"*6 or more of 8* {words}." in text_of(fit_message(result_message(round_, found)))
    assert f'"{kind.value}"' in as_csv([(round_, found)])
    assert kind.value == json.loads(as_json([(round_, found)]))[0]["purpose"]
