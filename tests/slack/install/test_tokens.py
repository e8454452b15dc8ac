"""Sealed tokens: what opens them, and what never does."""

from base64 import urlsafe_b64decode

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from bot.core.cells import CellKey
from bot.errors import BotError, DamagedError, TokenKeyError
from bot.keys.tokens import TokenSealer
from tests.slack.install.fake_slack import TOKEN
from tests.slack.install.place import KEY, NEWER_KEY, OTHER_KEY

CELL, OTHER_CELL = CellKey("T0001"), CellKey("E0001")
HOLDER = "T0001"

keys = st.binary(min_size=32, max_size=32)
tokens = st.text(min_size=1, max_size=300)
cells = st.from_regex(r"[ET][A-Z0-9]{2,30}", fullmatch=True).map(CellKey)


@given(keys, tokens, cells)
def test_what_was_sealed_opens_again(key: bytes, token: str, cell: CellKey) -> None:
    sealer = TokenSealer([key])

    assert token == sealer.open(sealer.seal(token, cell, HOLDER), cell, HOLDER)


@given(st.lists(keys, min_size=1, max_size=4, unique=True), tokens, st.data())
def test_every_listed_key_opens_and_the_first_seals(
    listed: list[bytes], token: str, data: st.DataObject
) -> None:
    older = data.draw(st.sampled_from(listed))
    sealed = TokenSealer([older]).seal(token, CELL, HOLDER)
    sealer = TokenSealer(listed)

    assert token == sealer.open(sealed, CELL, HOLDER)
    assert (older != listed[0]) == sealer.needs_reseal(sealed)
    assert not sealer.needs_reseal(sealer.seal(token, CELL, HOLDER))


@given(cells, cells)
def test_a_token_opens_in_its_own_cell_only(cell: CellKey, other: CellKey) -> None:
    sealer = TokenSealer([KEY])
    sealed = sealer.seal(TOKEN, cell, HOLDER)

    if cell != other:
        with pytest.raises(DamagedError):
            sealer.open(sealed, other, HOLDER)


def test_a_token_opens_for_its_own_workspace_only() -> None:
    """Two workspaces of an organisation share a cell."""
    sealer = TokenSealer([KEY])
    sealed = sealer.seal(TOKEN, OTHER_CELL, "T0001")

    assert TOKEN == sealer.open(sealed, OTHER_CELL, "T0001")
    for other in ("T0002", "E0001", ""):
        with pytest.raises(DamagedError):
            sealer.open(sealed, OTHER_CELL, other)


@given(st.integers(min_value=0), st.characters(codec="ascii"))
def test_a_changed_character_is_noticed(where: int, by: str) -> None:
    sealer = TokenSealer([KEY])
    sealed = sealer.seal(TOKEN, CELL, HOLDER)
    where %= len(sealed)
    changed = sealed[:where] + by + sealed[where + 1 :]

    if changed != sealed and _bytes(changed) != _bytes(sealed):
        with pytest.raises((DamagedError, TokenKeyError)):
            sealer.open(changed, CELL, HOLDER)


def _bytes(sealed: str) -> tuple[str, bytes | None]:
    """What a sealed text means: some of the last bits of base64 mean nothing."""
    start, _, end = sealed.rpartition(".")
    try:
        return start, urlsafe_b64decode(end)
    except ValueError:
        return start, None


@given(st.text(max_size=200))
def test_any_other_text_is_refused_in_words(text: str) -> None:
    with pytest.raises(BotError):
        TokenSealer([KEY]).open(text, CELL, HOLDER)
    with pytest.raises(DamagedError):
        TokenSealer([KEY]).needs_reseal(text)


def test_no_two_sealed_tokens_are_alike() -> None:
    sealer = TokenSealer([KEY])

    assert 100 == len({sealer.seal(TOKEN, CELL, HOLDER) for _ in range(100)})


def test_a_key_that_is_missing_is_named_by_its_setting_and_nothing_is_quoted() -> None:
    sealed = TokenSealer([OTHER_KEY]).seal(TOKEN, CELL, HOLDER)

    with pytest.raises(TokenKeyError) as refused:
        TokenSealer([KEY, NEWER_KEY]).open(sealed, CELL, HOLDER)

    assert "BELONGING_TOKEN_KEYS" in str(refused.value)
    assert [] == [
        word for word in (TOKEN, KEY.hex(), sealed, sealed.split(".")[1]) if word in str(refused.value)
    ]


def test_the_text_is_a_version_the_name_of_a_key_and_aes_gcm_bound_to_its_workspace() -> None:
    """Read without the sealer: what was stored must open with every later version."""
    version, name, content = TokenSealer([KEY]).seal(TOKEN, OTHER_CELL, HOLDER).split(".")
    raw = urlsafe_b64decode(content)
    bound = b"belonging-bot slack-bot-token v1 E0001 T0001"

    assert ("v1", 8) == (version, len(name))
    assert TOKEN == AESGCM(KEY).decrypt(raw[:12], raw[12:], bound).decode()


@pytest.mark.parametrize("wrong", [[], [b"short"], [KEY, KEY + b"1"]])
def test_keys_of_another_length_are_refused(wrong: list[bytes]) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        TokenSealer(wrong)


def test_a_sealer_shows_no_key() -> None:
    assert KEY.hex() not in repr(TokenSealer([KEY]))
    assert repr(KEY) not in repr(vars(TokenSealer([KEY])))
