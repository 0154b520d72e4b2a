"""docs/operations.md lists every setting with its default and meaning, and no other."""

import re
from pathlib import Path

from abslake.settings import PREFIX, Settings

OPERATIONS = Path(__file__).parents[2] / "docs/operations.md"


def test_the_table_of_settings_is_the_model() -> None:
    # GIVEN the table in the document
    rows = re.findall(r"^\| `(ABSLAKE_\w+)` \| (.*?) \| (.*) \|$", OPERATIONS.read_text(), re.MULTILINE)
    documented = {name: (default.strip("`"), meaning) for name, default, meaning in rows}
    # WHEN it is held against the fields
    expected = {
        PREFIX + name.upper(): ("" if field.default in ("", None) else str(field.default), field.description)
        for name, field in Settings.model_fields.items()
    }
    # THEN they are the same
    assert documented == expected
