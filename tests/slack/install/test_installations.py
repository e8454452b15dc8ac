"""Stored installations: sealed, and one row each, in SQLite and in PostgreSQL."""

from typing import Any

import pytest
from slack_sdk.oauth.installation_store import Installation

from bot.core.cells import CellKey
from bot.errors import DamagedError, StoreError, TokenKeyError
from bot.slack.install.installation import installation_of
from bot.slack.install.store import SealedInstallations
from tests.fakes.loops import run_alone
from tests.slack.install.fake_slack import HOOK, TOKEN, USER_TOKEN
from tests.slack.install.kinds import Kind
from tests.slack.install.place import KEY, NEWER_KEY, OTHER_KEY

INSTALLER = "U0INSTALLER"


@pytest.fixture
def installations(kind: Kind) -> SealedInstallations:
    return kind.installations(KEY)


def installation(team: str = "T0001", **changed: Any) -> Installation:
    return Installation(
        **{
            "app_id": "A0001",
            "team_id": team,
            "team_name": f"Name of {team}",
            "bot_token": TOKEN,
            "bot_id": "B0001",
            "bot_user_id": "U0BOT",
            "bot_scopes": "chat:write,commands",
            "user_id": INSTALLER,
            "user_token": USER_TOKEN,
            "incoming_webhook_url": HOOK,
            **changed,
        }
    )


def of_organisation(**changed: Any) -> Installation:
    return installation(
        **{"enterprise_id": "E0001", "enterprise_name": "All of us", "is_enterprise_install": True, **changed}
    )


def test_an_installation_is_found_with_its_token(installations: SealedInstallations) -> None:
    saved = run_alone(installations.save(installation()))
    found = run_alone(installations.find(None, "T0001"))

    assert saved == found
    assert found
    assert ("T0001", "T0001", "", "Name of T0001") == (
        found.cell,
        found.team_id,
        found.enterprise_id,
        found.name,
    )
    assert (TOKEN, "A0001", "B0001", "U0BOT") == (
        found.bot_token,
        found.app_id,
        found.bot_id,
        found.bot_user_id,
    )
    assert {"chat:write", "commands"} == found.scopes
    assert TOKEN not in repr(found)


def test_an_unknown_workspace_is_not_found(installations: SealedInstallations) -> None:
    run_alone(installations.save(installation()))

    assert run_alone(installations.find(None, "T0002")) is None
    assert run_alone(installations.find("E0001", "T0001")) is None
    assert run_alone(installations.find(None, None)) is None


def test_a_workspace_of_an_organisation_has_its_cell(installations: SealedInstallations) -> None:
    saved = run_alone(installations.save(installation(enterprise_id="E0001")))

    assert ("E0001", "T0001") == (saved.cell, saved.team_id)
    assert saved == run_alone(installations.find("E0001", "T0001"))


def test_a_workspaces_own_installation_goes_before_that_of_its_organisation(
    installations: SealedInstallations,
) -> None:
    run_alone(installations.save(of_organisation(bot_token="xoxb-whole")))
    run_alone(installations.save(installation("T0001", enterprise_id="E0001", bot_token="xoxb-own")))
    own = run_alone(installations.find("E0001", "T0001", is_enterprise_install=True))
    whole = run_alone(installations.find("E0001", "T0002", is_enterprise_install=True))

    assert own
    assert whole
    assert ("xoxb-own", False) == (own.bot_token, own.is_enterprise_install)
    assert ("xoxb-whole", True, "", "All of us") == (
        whole.bot_token,
        whole.is_enterprise_install,
        whole.team_id,
        whole.name,
    )


def test_another_app_sees_none_of_it(kind: Kind, installations: SealedInstallations) -> None:
    run_alone(installations.save(installation()))
    other = kind.installations(KEY, client_id="another app")

    assert () == run_alone(other.list_all())
    assert run_alone(other.find(None, "T0001")) is None


def test_the_store_holds_no_token_no_webhook_and_no_installer(
    kind: Kind, installations: SealedInstallations
) -> None:
    run_alone(installations.save(installation()))

    assert [] == [one for one in (TOKEN, USER_TOKEN, HOOK, INSTALLER) if one.encode() in kind.everything()]


def test_a_reinstall_leaves_one_row(kind: Kind, installations: SealedInstallations) -> None:
    for number in range(3):
        run_alone(installations.save(installation(bot_token=f"xoxb-{number}")))
    run_alone(installations.save(installation("T0002")))

    assert ["xoxb-2", TOKEN] == [one.bot_token for one in run_alone(installations.list_all())]
    assert [(2,)] == kind.rows("SELECT count(*) FROM slack_installations")


def test_a_reinstall_that_fails_leaves_the_older_one(kind: Kind, installations: SealedInstallations) -> None:
    run_alone(installations.save(installation()))
    for when in ("INSERT", "DELETE"):
        with kind.refusing(when):
            with pytest.raises(StoreError) as failed:
                run_alone(installations.save(installation(bot_token="xoxb-newer")))

            assert "xoxb" not in str(failed.value)
            assert [TOKEN] == [one.bot_token for one in run_alone(installations.list_all())]


def test_of_an_organisation_only_what_was_meant_is_deleted(installations: SealedInstallations) -> None:
    run_alone(installations.save(of_organisation()))
    run_alone(installations.save(installation("T0001", enterprise_id="E0001")))
    run_alone(installations.delete("E0001", None))

    assert ["T0001"] == [one.team_id for one in run_alone(installations.list_all())]
    run_alone(installations.delete("E0001", "T0001"))
    assert () == run_alone(installations.list_all())


def test_a_token_that_expires_is_refused(installations: SealedInstallations) -> None:
    with pytest.raises(ValueError, match="does not expire"):
        run_alone(installations.save(installation(bot_refresh_token="xoxe-1")))
    assert () == run_alone(installations.list_all())


@pytest.mark.parametrize("team", ["", "../x", "t0001", "T" * 40])
def test_what_cannot_be_an_id_is_refused(installations: SealedInstallations, team: str) -> None:
    with pytest.raises(ValueError, match="id of a workspace"):
        run_alone(installations.save(installation(team)))


def test_a_new_key_seals_what_older_ones_have_sealed(kind: Kind) -> None:
    run_alone(kind.installations(KEY).save(installation("T0001")))
    run_alone(kind.installations(NEWER_KEY).save(installation("T0002")))
    before = kind.everything()

    assert 1 == run_alone(kind.installations(NEWER_KEY, KEY).reseal_all())
    assert 0 == run_alone(kind.installations(NEWER_KEY, KEY).reseal_all())
    assert [TOKEN] * 2 == [one.bot_token for one in run_alone(kind.installations(NEWER_KEY).list_all())]
    assert before != kind.everything()


def test_one_token_that_cannot_be_opened_hides_no_other(kind: Kind) -> None:
    run_alone(kind.installations(OTHER_KEY).save(installation("T0001")))
    run_alone(kind.installations(KEY).save(installation("T0002")))
    kind.rows(
        "INSERT INTO slack_installations (client_id, app_id, user_id, team_id) "
        "VALUES ('1.2', '', '', 'no id')",
    )
    installations = kind.installations(KEY)

    assert 0 == run_alone(installations.reseal_all())
    lost, found = run_alone(installations.list_all())
    assert isinstance(lost.trouble, TokenKeyError)
    assert ("", TOKEN, None) == (lost.bot_token, found.bot_token, found.trouble)
    with pytest.raises(TokenKeyError):
        run_alone(installations.find(None, "T0001"))


def test_a_token_moved_to_another_workspace_opens_nothing(kind: Kind) -> None:
    installations = kind.installations(KEY)
    run_alone(installations.save(installation("T0001")))
    kind.rows("UPDATE slack_installations SET team_id = 'T0666'")

    with pytest.raises(DamagedError):
        run_alone(installations.find(None, "T0666"))


def test_tokens_swapped_within_an_organisation_open_nothing(kind: Kind) -> None:
    installations = kind.installations(KEY)
    for team in ("T0001", "T0002"):
        run_alone(installations.save(installation(team, enterprise_id="E0001", bot_token=f"xoxb-{team}")))
    one, other = kind.rows("SELECT bot_token FROM slack_installations ORDER BY team_id")
    for team, (token,) in (("T0001", other), ("T0002", one)):
        kind.rows(f"UPDATE slack_installations SET bot_token = '{token}' WHERE team_id = '{team}'")  # noqa: S608 - two ids

    assert ["damaged"] * 2 == [one.trouble.code for one in run_alone(installations.list_all()) if one.trouble]


@pytest.mark.parametrize(("before", "after"), [("E0001", ""), ("", "E0001"), ("E0001", "E0002")])
def test_a_workspace_has_one_row_whatever_organisation_it_belongs_to(
    installations: SealedInstallations, before: str, after: str
) -> None:
    run_alone(installations.save(of_organisation(enterprise_id="E0001")))
    run_alone(installations.save(installation("T0002", enterprise_id="E0001")))
    run_alone(installations.save(installation(enterprise_id=before or None, bot_token="xoxb-older")))

    new = run_alone(installations.save(installation(enterprise_id=after or None)))

    found = [one for one in run_alone(installations.list_all()) if one.team_id == "T0001"]
    assert [new] == found
    assert 3 == len(run_alone(installations.list_all()))
    assert ((before or "T0001", "T0001"),) == installations.list_left()
    installations.forget_left(installations.list_left())
    assert () == installations.list_left()


def test_a_workspace_that_comes_back_has_not_left(installations: SealedInstallations) -> None:
    for organisation in ("E0001", None, "E0001"):
        run_alone(installations.save(installation(enterprise_id=organisation)))

    assert (("T0001", "T0001"),) == installations.list_left()


def test_when_an_installation_is_undone_the_workspace_has_never_left(
    installations: SealedInstallations,
) -> None:
    older = run_alone(installations.save(installation(enterprise_id="E0001")))
    assert older == run_alone(installations.find_own(installation_of(installation())))
    stored = run_alone(installations.save(installation()))

    run_alone(installations.put_back(stored, older))

    assert (older,) == run_alone(installations.list_all())
    assert () == installations.list_left()


def test_a_workspace_that_fails_to_move_stays(kind: Kind, installations: SealedInstallations) -> None:
    older = run_alone(installations.save(installation(enterprise_id="E0001")))
    with kind.refusing("INSERT"), pytest.raises(StoreError):
        run_alone(installations.save(installation()))

    assert (older,) == run_alone(installations.list_all())
    assert () == installations.list_left()


def test_the_installation_of_an_organisation_takes_a_workspace_over(
    installations: SealedInstallations,
) -> None:
    run_alone(installations.save(of_organisation()))
    run_alone(installations.save(installation()))
    run_alone(installations.save(installation("T0002", enterprise_id="E0001")))

    for team in ("T0001", "T0002", "T0003"):
        installations.take_now(team, CellKey("E0001"))

    assert ["", "T0002"] == [one.team_id for one in run_alone(installations.list_all())]
    assert (("T0001", "T0001"),) == installations.list_left()


def test_only_the_same_installation_is_deleted(installations: SealedInstallations) -> None:
    older = run_alone(installations.save(installation(bot_token="xoxb-older")))
    newer = run_alone(installations.save(installation()))

    assert not installations.delete_if_same(older)
    assert (newer,) == run_alone(installations.list_all())
    assert installations.delete_if_same(newer)
    assert not installations.delete_if_same(newer)
    assert () == run_alone(installations.list_all())


def test_one_that_cannot_be_opened_can_be_deleted(kind: Kind) -> None:
    run_alone(kind.installations(OTHER_KEY).save(installation()))
    (lost,) = run_alone(kind.installations(KEY).list_all())

    assert kind.installations(KEY).delete_if_same(lost)


def test_a_store_that_cannot_be_read_is_no_unknown_workspace(
    kind: Kind, installations: SealedInstallations
) -> None:
    """The SDK would log it, and answer that there is no such installation."""
    run_alone(installations.save(installation()))
    kind.rows("ALTER TABLE slack_installations RENAME TO elsewhere")

    with pytest.raises(StoreError):
        run_alone(installations.find(None, "T0001"))
    kind.rows("ALTER TABLE elsewhere RENAME TO slack_installations")


def test_bolt_finds_and_deletes_by_its_own_names(installations: SealedInstallations) -> None:
    ids: dict[str, Any] = {"enterprise_id": "E0001", "team_id": "T0001"}

    async def through_bolt() -> tuple[Any, Any, Any, Any]:
        await installations.async_save(installation(enterprise_id="E0001"))
        bot = await installations.async_find_bot(**ids)
        found = await installations.async_find_installation(**ids, user_id="U1", is_enterprise_install=True)
        await installations.async_delete_bot(**ids)
        gone = await installations.async_find_bot(**ids)
        await installations.async_save(of_organisation())
        whole = await installations.async_find_installation(**ids)
        await installations.async_delete_installation(enterprise_id="E0001", team_id=None, user_id="U1")
        return bot, found, gone, whole

    bot, found, gone, whole = run_alone(through_bolt())
    assert (TOKEN, TOKEN, None) == (bot.bot_token, found.bot_token, gone)
    assert ("All of us", None, True) == (whole.enterprise_name, whole.team_id, whole.is_enterprise_install)
    assert () == run_alone(installations.list_all())


def test_what_is_written_changes_the_version(kind: Kind, installations: SealedInstallations) -> None:
    versions = [installations.version()]
    for change in (
        installations.save(installation()),
        installations.save(installation("T0002")),
        installations.delete(None, "T0002"),
    ):
        run_alone(change)
        versions.append(installations.version())
    run_alone(installations.list_all())

    assert 4 == len(set(versions))
    assert versions[-1] == installations.version()
