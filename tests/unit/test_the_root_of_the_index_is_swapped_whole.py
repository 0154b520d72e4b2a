"""``index/root.json``: short, of a known format, and changed by compare-and-swap or not at all."""

import msgspec
import pytest

from abslake.errors import StorageError, WriteRefused, WriteStateUnknown
from abslake.index import names, root
from abslake.index.root import FORMAT, KindIndex, Month, Root, Segment, Shape
from abslake.storage import Lake
from tests.support.facts import at

NOW = at("2026-03-02T12:00")


class Scripted(Lake):
    """A lake whose replaces end as told, one after the other, in front of a store in memory."""

    def __init__(self) -> None:
        super().__init__("memory:")
        self.script: list[str] = []
        self.writes = 0
        root.create(self, "first", NOW)

    def replace(self, key: str, data: bytes, etag: str | None) -> str:
        fate = self.script.pop(0) if self.script else "done"
        if fate == "refused":
            raise WriteRefused(fate)
        if fate == "no effect":
            raise WriteStateUnknown(fate)
        written = super().replace(key, data, etag)
        self.writes += 1
        if fate == "reply lost":
            raise WriteStateUnknown(fate)
        return written


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(root, "_wait", lambda _: None)


def add_a_day(now: Root) -> Root:
    day = f"2026-01-{len(now.kinds.get('ip', KindIndex()).days) + 1:02}"
    return now.with_day("ip", day, [Segment("g", Shape(), 1)])


def days(lake: Lake) -> int:
    return len(root.load(lake).root.kinds["ip"].days)


def a_year() -> Root:
    state = Root(FORMAT)
    for kind in names.KINDS:
        held = {
            f"2026-{month:02}-{day:02}": [Segment(names.new_generation(NOW), Shape(2, 1, 6, 10**6, 10**6, 10**8), 999, True)]
            for month in range(1, 13)
            for day in range(1, 31)
        }  # fmt: skip
        months = {
            f"2026-{month:02}": Month(
                Segment(names.new_generation(NOW), Shape(2, 1, 6, 10**7, 10**8, 10**9), 9999, True),
                {
                    day: [one.generation for one in segments]
                    for day, segments in held.items()
                    if day[5:7] == f"{month:02}"
                },
            )
            for month in range(1, 13)
        }
        state = msgspec.structs.replace(state, kinds={**state.kinds, kind: KindIndex(held, months)})
    return state


def test_a_year_of_all_kinds_is_a_small_object() -> None:
    data = root.encode(a_year())

    assert len(data) < 60_000
    assert len(root.decode(data).kinds["api"].days) == 360


def test_a_short_root_is_plain_json() -> None:
    assert msgspec.json.decode(root.encode(root.EMPTY)) == {"format": FORMAT}


@pytest.mark.parametrize("data", [b'{"format":2}', b'{"format":2,"kinds":[]}', b"{}", b"nonsense", b"\x1f\x8bbroken"])
def test_an_unknown_format_is_refused(data: bytes) -> None:
    with pytest.raises(StorageError, match=r"root\.json"):
        root.decode(data)


def test_the_version_that_is_not_known_is_named() -> None:
    with pytest.raises(StorageError, match="format 7"):
        root.decode(b'{"format":7,"kinds":[1]}')


def test_no_root_reads_as_an_empty_one_and_cannot_be_swapped() -> None:
    lake = Lake("memory:")

    assert root.load(lake) == root.Snapshot(root.EMPTY, None)
    with pytest.raises(StorageError, match="marked"):
        root.swap(lake, "writer", add_a_day, lambda: True)


def test_the_first_root_is_made_once() -> None:
    lake = Lake("memory:")
    root.create(lake, "a", NOW)
    root.create(lake, "b", NOW)

    assert root.load(lake).root.writer == "a"


@pytest.mark.parametrize(
    "script",
    [["done"], ["refused", "refused"], ["no effect"], ["reply lost"], ["refused", "reply lost"], ["no effect", "no effect"]],
    ids=repr,
)  # fmt: skip
def test_fault_25_a_change_is_made_once_whatever_the_store_says(script: list[str]) -> None:
    lake = Scripted()
    lake.script = script

    assert root.swap(lake, "writer", add_a_day, lambda: True)
    assert days(lake) == 1
    assert root.load(lake).root.serial == 1


def test_a_change_is_made_again_upon_what_others_have_made() -> None:
    lake = Scripted()
    interfered = []

    def change(now: Root) -> Root:
        if not interfered:
            interfered.append(root.swap(lake, "other", add_a_day, lambda: True))
        return add_a_day(now)

    assert root.swap(lake, "writer", change, lambda: True)
    assert days(lake) == 2


def test_who_may_not_write_any_more_does_not() -> None:
    lake = Scripted()

    assert not root.swap(lake, "writer", add_a_day, lambda: False)
    assert lake.writes == 1  # the first root


def test_fault_25_a_write_that_may_still_take_effect_is_not_called_refused() -> None:
    # GIVEN a write whose effect is not known, and an attempt that is too old before it is known
    lake = Scripted()
    lake.script = ["no effect"]
    alive = iter([True, False])

    with pytest.raises(WriteStateUnknown):
        root.swap(lake, "writer", add_a_day, lambda: next(alive))


def test_others_that_always_come_first_are_reported() -> None:
    lake = Scripted()
    lake.script = ["refused"] * 100

    with pytest.raises(WriteRefused):
        root.swap(lake, "writer", add_a_day, lambda: True)


def test_generations_sort_by_time_and_are_not_made_twice() -> None:
    made = [names.new_generation(NOW) for _ in range(2000)]

    assert len(set(made)) == 2000
    assert {names.made_at(generation) for generation in made} == {NOW}
    assert max(made) < names.new_generation(at("2026-03-02T12:00:01"))


def test_a_month_is_good_only_for_its_generations() -> None:
    one, late, other = (Segment(generation, Shape(), 1) for generation in ("one", "late", "other"))
    month = Month(Segment("m", Shape(), 1), {"2026-01-01": ["one"]})

    assert month.beside({"2026-01-01": [one]}) == {}
    assert month.beside({"2026-01-01": [one, late]}) == {"2026-01-01": [late]}
    assert month.beside({"2026-01-01": [one], "2026-01-02": [other]}) == {"2026-01-02": [other]}
    assert month.beside({"2026-01-01": [other]}) is None
    assert month.beside({}) is None
