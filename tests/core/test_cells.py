"""Keys of cells."""

import pytest

from bot.core.cells import cell_key, parse_cell_key


def test_the_key_is_the_organisation_where_there_is_one_else_the_workspace() -> None:
    assert "E0ACME" == cell_key("T0ACME1", "E0ACME")
    assert "E0ACME" == cell_key("", "E0ACME")
    assert "T0ACME1" == cell_key("T0ACME1")


def test_two_workspaces_of_an_organisation_share_a_cell() -> None:
    assert cell_key("T0ACME1", "E0ACME") == cell_key("T0ACME2", "E0ACME")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "T",
        "T1",
        "t0acme",
        "C0ACME",
        "../T0ACME",
        "T0/ACME",
        "T0ACME\n",
        " T0ACME",
        "T" + "A" * 31,
        "TÄÄÄ",
    ],
)
def test_what_could_not_be_an_id_never_becomes_a_path(text: str) -> None:
    with pytest.raises(ValueError, match="id of a workspace"):
        parse_cell_key(text)
