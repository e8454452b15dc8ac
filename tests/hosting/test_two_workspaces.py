"""Two workspaces in one process."""

from tests.hosted_world import NORTH, SOUTH, HostedWorld


def test_both_are_asked_and_answer_and_each_reads_its_own_summary(asked: HostedWorld) -> None:
    for team, answer in ((NORTH, "5"), (SOUTH, "1")):
        members = asked.members[team]
        for user in members.everyone()[:6]:
            members.reply(user, answers=[answer, answer, answer])
    asked.move(days=3)
    north, south = (asked.members[team].messages()[-1] for team in (NORTH, SOUTH))
    assert "6 of" in str(north.blocks)
    assert north.blocks != south.blocks
