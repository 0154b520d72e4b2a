"""docs/formats/ is what the modules say, and every example on it is read as that format."""

from pathlib import Path

import pytest

from abslake.dev.format_docs import pages
from abslake.formats import formats
from abslake.formats.detection import detect, guesses

DOCS = Path(__file__).parents[2] / "docs" / "formats"


@pytest.mark.parametrize("name", sorted({*(f"{name}.md" for name in formats()), "README.md"}))
def test_the_page_is_what_the_module_says(name: str) -> None:
    assert (DOCS / name).read_text() == pages()[name], "run python -m abslake.dev.format_docs docs/formats"


def test_there_is_no_page_of_a_format_that_is_not_there() -> None:
    hand_written = {"envelopes.md", "grammars.md"}
    assert {path.name for path in DOCS.glob("*.md")} == set(pages()) | hand_written


@pytest.mark.parametrize("name", formats())
def test_every_example_is_read_as_this_format_and_no_other(name: str) -> None:
    entry = formats()[name]
    assert entry.about is not None
    for number, example in enumerate(entry.about.examples):
        line = example.encode()
        record = entry.parse(line, ())
        assert record.peer
        assert record.url
        assert detect("any.log", [line]).name == name, number
        # A second format that reads it as fully would make the guess a matter of luck.
        first, second = guesses("any.log", [line])[:2]
        assert first.rank > second.rank
