"""Announcing: each finding once, however often its window is judged, and of an attack that goes on one in a while."""

import json
from datetime import timedelta

import pytest

from abslake.detection import allow_list
from abslake.detection.announce import run as running
from abslake.detection.announce.ledger import PREFIX
from abslake.detection.findings import IdentifierKind, Level
from abslake.errors import WriteStateUnknown
from abslake.export.disclosure import KEY
from abslake.storage import Lake
from tests.support.announcing import ADDRESS, NOON, TOKEN, Kept, found, judged, run


@pytest.fixture
def lake():
    return Lake("memory:")


def test_a_finding_is_told_once_however_often_its_window_is_judged(lake):
    channel = Kept()
    judged(lake, found(0))
    assert run(lake, channel).delivered == 1
    assert channel.news() == [("attack", "new", 0)]

    judged(lake, found(0, attack_code="varA(Tx, 27)"))  # late facts: the same window, judged again
    again = run(lake, channel)

    assert (again.delivered, again.undelivered) == (0, 0)
    assert channel.told == []


def test_clients_apis_and_types_are_told_apart(lake):
    channel = Kept()
    judged(
        lake,
        found(0),
        found(0, api="bank"),
        found(0, attack_id=5),
        found(0, identifier="another"),
        found(0, identifier_kind=IdentifierKind.COOKIE),
    )
    assert run(lake, channel).delivered == 5
    assert len({told.reference for told in channel.told}) == 5


def test_what_the_allow_list_hides_is_told_to_nobody(lake):
    channel = Kept()
    judged(lake, found(0), found(0, identifier="another"))
    allow_list.add(lake, "a test", allow_list.Request(IdentifierKind.TOKEN, "another", None, None, "ours", since=NOON))
    assert run(lake, channel).delivered == 1


def test_an_attack_that_goes_on_is_told_at_its_start_and_then_once_in_a_while(lake):
    channel = Kept()
    for minutes in range(0, 140, 10):
        judged(lake, *(found(m) for m in range(0, minutes + 10, 10)))
        run(lake, channel, announce_quiet_minutes=60)
    assert channel.news() == [("attack", "new", 0), ("attack", "repeated", 60), ("attack", "repeated", 120)]


def test_a_run_that_catches_up_tells_the_same(lake):
    channel = Kept()
    judged(lake, *(found(minutes) for minutes in range(0, 140, 10)))
    told = run(lake, channel, announce_quiet_minutes=60)
    assert (told.delivered, told.quiet) == (3, 11)
    assert channel.news() == [("attack", "new", 0), ("attack", "repeated", 60), ("attack", "repeated", 120)]
    assert run(lake, channel).delivered == 0


def test_a_quiet_window_is_not_told_later_when_the_quiet_is_over(lake):
    channel = Kept()
    judged(lake, *(found(minutes) for minutes in (0, 10, 40)))
    run(lake, channel, announce_quiet_minutes=30)
    assert channel.news() == [("attack", "new", 0), ("attack", "repeated", 40)]
    assert run(lake, channel, announce_quiet_minutes=1).delivered == 0


def test_late_facts_about_an_earlier_time_do_not_end_the_quiet_of_now(lake):
    channel = Kept()
    judged(lake, found(200))
    run(lake, channel)
    judged(lake, found(0), found(200))
    run(lake, channel)
    judged(lake, found(0), found(200), found(210))
    run(lake, channel)
    assert channel.news() == [("attack", "new", 200), ("attack", "repeated", 0)]


def test_without_a_quiet_period_every_window_is_told(lake):
    channel = Kept()
    judged(lake, *(found(minutes) for minutes in (0, 10, 20)))
    assert run(lake, channel, announce_quiet_minutes=0).delivered == 3


def test_an_anomaly_that_becomes_an_attack_is_told_at_once_and_one_that_follows_an_attack_is_not(lake):
    channel = Kept()
    judged(lake, found(0, level=Level.ANOMALY))
    run(lake, channel)
    judged(lake, found(0, level=Level.ANOMALY), found(10))
    run(lake, channel)
    judged(lake, found(0, level=Level.ANOMALY), found(10), found(20, level=Level.ANOMALY))
    run(lake, channel)
    assert channel.news() == [("anomaly", "new", 0), ("attack", "raised", 10)]


@pytest.mark.parametrize("at_once", [True, False])
def test_an_attack_that_wanes_to_an_anomaly_is_no_news(lake, at_once):
    channel = Kept()
    if not at_once:
        judged(lake, found(0))
        run(lake, channel)
    judged(lake, found(0), found(10, level=Level.ANOMALY))
    run(lake, channel)
    assert channel.news() == [("attack", "new", 0)]


def test_a_window_that_late_facts_raise_to_an_attack_is_told_again(lake):
    channel = Kept()
    judged(lake, found(0, level=Level.ANOMALY))
    run(lake, channel)
    judged(lake, found(0))
    run(lake, channel)
    assert channel.news() == [("anomaly", "new", 0), ("attack", "raised", 0)]
    judged(lake, found(0, level=Level.ANOMALY))  # and lowered: nothing new
    assert run(lake, channel, announce_quiet_minutes=0).delivered == 0


def test_what_is_not_delivered_is_told_in_the_next_run_and_with_it_what_it_had_silenced(lake):
    channel = Kept(refuses=lambda told: told.finding.api == "shop")
    judged(lake, found(0), found(10), found(0, api="bank"))
    told = run(lake, channel)
    assert (told.delivered, told.undelivered, dict(told.faults)) == (1, 1, {"kept: refused": 1})
    assert channel.news() == [("attack", "new", 0)]

    channel.refuses = lambda _: False
    assert run(lake, channel).delivered == 1
    assert channel.news() == [("attack", "new", 0)]
    assert run(lake, channel).delivered == 0


def test_what_cannot_be_delivered_for_a_day_is_given_up(lake):
    channel = Kept(refuses=lambda _: True)
    judged(lake, found(0))
    assert run(lake, channel, NOON + timedelta(hours=24)).undelivered == 1
    assert run(lake, channel, NOON + timedelta(hours=25)).undelivered == 0


def test_the_findings_of_a_backfill_are_told_to_nobody(lake):
    channel = Kept()
    judged(lake, found(0))
    assert run(lake, channel, NOON + timedelta(days=300)).delivered == 0


def test_midnight_repeats_nothing(lake):
    channel = Kept()
    judged(lake, found(700), found(710))
    run(lake, channel, NOON + timedelta(hours=11, minutes=59))
    assert channel.news() == [("attack", "new", 700)]
    judged(lake, found(700), found(710), found(730))
    assert run(lake, channel, NOON + timedelta(hours=12, minutes=11)).quiet == 1
    assert {entry.key for entry in lake.list(PREFIX)} == {f"{PREFIX}date=2026-03-0{day}/kept.json" for day in (2, 3)}


def test_each_channel_has_a_ledger_of_its_own(lake):
    one, other = Kept("one"), Kept("other", refuses=lambda _: True)
    judged(lake, found(0))
    for channel in (one, other):
        run(lake, channel)
    other.refuses = lambda _: False
    for channel in (one, other):
        run(lake, channel)
    assert (len(one.told), len(other.told)) == (1, 1)


def test_a_flood_is_told_in_portions_attacks_first(lake, monkeypatch):
    monkeypatch.setattr(running, "MOST", 3)
    channel = Kept()
    anomalies = [found(0, identifier=f"a{n}", level=Level.ANOMALY) for n in range(3)]
    attacks = [found(10, identifier=f"b{n}") for n in range(2)]
    judged(lake, *anomalies, *attacks)
    told = run(lake, channel)
    assert (told.delivered, told.undelivered) == (3, 2)
    assert [each.finding.level.value for each in channel.told] == ["attack", "attack", "anomaly"]
    assert run(lake, channel).undelivered == 0
    assert len(channel.told) == 5


def test_a_ledger_that_was_not_written_has_it_told_again_under_the_same_id(lake, monkeypatch):
    channel = Kept()
    judged(lake, found(0))

    def fails(*_):
        raise WriteStateUnknown("cannot tell whether it was written")

    with monkeypatch.context() as broken:
        broken.setattr(Lake, "replace", fails)
        with pytest.raises(WriteStateUnknown):
            run(lake, channel)
    run(lake, channel)
    one, other = channel.told
    assert one.reference == other.reference


def test_two_runs_at_a_time_add_up_in_the_ledger(lake):
    one, other = Kept(), Kept()
    judged(lake, found(0), found(0, api="bank"))

    def meanwhile(told):
        if told.finding.api == "shop" and not other.told:
            other.refuses = lambda each: each.finding.api == "shop"
            run(lake, other)
        return told.finding.api == "bank"

    one.refuses = meanwhile
    run(lake, one)
    third = Kept()
    assert (run(lake, third).delivered, len(one.told), len(other.told)) == (0, 1, 1)


@pytest.mark.parametrize("damage", [b"", b"[]", b'{"settled": 1}', b"\xff"])
def test_a_damaged_ledger_counts_as_empty(lake, damage):
    lake.put(f"{PREFIX}date=2026-03-02/kept.json", damage)
    judged(lake, found(0))
    channel = Kept()
    assert run(lake, channel).delivered == 1
    assert run(lake, channel).delivered == 0


def test_a_line_that_is_no_finding_hides_no_other(lake):
    judged(lake, found(0))
    lake.put("findings/date=2026-03-02/other.ndjson", b"{}\n\nno finding\n")
    lake.put("findings/date=2026-03-02/notes.txt", b"none")
    assert run(lake, Kept()).delivered == 1


def test_the_ledger_holds_neither_identifiers_nor_ids_of_findings(lake):
    finding = found(0, identifier_kind=IdentifierKind.IP, identifier=ADDRESS)
    judged(lake, finding, found(0))
    run(lake, Kept(), announce_identifiers="clear")
    (entry,) = lake.list(PREFIX)
    text = lake.get(entry.key).decode()
    assert len(json.loads(text)["settled"]) == 2
    for secret in (TOKEN, ADDRESS, finding.id):
        assert secret not in text


def test_without_a_channel_nothing_is_read_or_written(lake):
    judged(lake, found(0))
    assert running.announce(lake, running.Settings(), NOON, None, None) == running.Announced()
    assert [entry.key for entry in lake.list("")] == ["findings/date=2026-03-02/test.ndjson"]


def test_another_way_to_show_clients_repeats_nothing(lake):
    channel = Kept()
    judged(lake, found(0))
    run(lake, channel)
    assert run(lake, channel, announce_identifiers="clear").delivered == 0
    assert lake.exists(KEY)
