"""Tokens, cookies and API keys in an OCSF export: left out unless asked for, masked by a key, in the clear on request."""

import pytest

from abslake.access.mask import Mask
from abslake.errors import SettingsError
from abslake.export.identifiers import Identifiers, Shown
from abslake.storage import Lake
from tests.support.facts import fact, write_facts
from tests.support.ocsf import exported, faults, of_facts
from tests.support.upkeep import all_text

KEY = b"k" * 32
SECRETS = {"cookie": "session-of-joe", "token": "token-of-joe", "api_key": "key-of-joe"}
ROW = fact(
    "2026-03-02T10:00",
    **SECRETS,
    username="joe",
    path="/shop/session-of-joe/x;jsessionid=session-of-joe/token%2Dof-joe",
)


def texts(identifiers: Identifiers) -> str:
    lake = Lake("memory:")
    write_facts(lake, [ROW])
    out, _ = exported(lake, "2026-03-02T00:00", "2026-03-03T00:00", identifiers=identifiers)
    return "\n".join(text for _, text in all_text(out))


@pytest.mark.parametrize("identifiers", [Identifiers(), Identifiers(Shown.MASKED, KEY)])
def test_no_secret_is_in_any_object(identifiers: Identifiers) -> None:
    found = texts(identifiers)
    assert "joe" in found  # the user's name is no secret
    assert not [value for value in (*SECRETS.values(), "token%2Dof-joe") if value in found]


def test_in_the_clear_they_are() -> None:
    found = texts(Identifiers(Shown.CLEAR))
    assert all(value in found for value in (*SECRETS.values(), "token%2Dof-joe"))


def test_where_they_stand() -> None:
    (none,) = of_facts(ROW)
    (masked,) = of_facts(ROW, identifiers=Identifiers(Shown.MASKED, KEY))
    (clear,) = of_facts(ROW, identifiers=Identifiers(Shown.CLEAR))
    assert not [*faults(none), *faults(masked), *faults(clear)]
    assert none["actor"] == {"user": {"name": "joe"}}
    assert clear["actor"]["session"] == {
        "uid": SECRETS["cookie"],
        "uid_alt": SECRETS["token"],
        "credential_uid": SECRETS["api_key"],
    }
    assert masked["actor"]["session"].keys() == clear["actor"]["session"].keys()


def test_a_session_has_the_mask_that_reports_show() -> None:
    for key in (KEY, b"short", b"longer than a block of the hash" * 4):
        (record,) = of_facts(ROW, identifiers=Identifiers(Shown.MASKED, key))
        assert record["actor"]["session"]["uid"] == Mask(key)(SECRETS["cookie"])


def test_masks_are_stable_and_of_one_kind_and_key() -> None:
    same = fact("2026-03-02T10:00", cookie="equal", token="equal", api_key="equal")

    def masks(key: bytes) -> dict[str, str]:
        first, second = of_facts(same, {**same, "path": "/b"}, identifiers=Identifiers(Shown.MASKED, key))
        assert first["actor"] == second["actor"]
        return first["actor"]["session"]

    ours, others = masks(KEY), masks(b"other" * 8)
    assert len({*ours.values(), *others.values()}) == 6


def test_without_a_key_nothing_is_masked_and_that_is_said() -> None:
    with pytest.raises(SettingsError, match="ABSLAKE_USERS"):
        Identifiers(Shown.MASKED)
    assert "k" * 8 not in repr(Identifiers(Shown.MASKED, KEY))
