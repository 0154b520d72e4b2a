"""A request line and a later response line of one correlation_id are one transaction, timed by the request."""

from typing import Any

import pytest

from tests.support import ase
from tests.support.ase import request_line, response_line
from tests.support.ingesting import Ingested, ingested, small_reads

LATER = "2026-03-02T11:45:00Z"
UNASKED = "response without request: no request waits for this correlation_id"


def of(*lines: bytes, **settings: Any) -> Ingested:
    return ingested(ase.log(*lines), **settings)


def statuses(result: Ingested) -> dict[str, int | None]:
    return {row["path"]: row["status"] for row in result.rows}


def asked(correlation: object, path: str, **changes: Any) -> bytes:
    return request_line(correlation, request=ase.request(url=path), **changes)


def test_a_pair() -> None:
    # WHEN the answer stands an hour later
    result = of(request_line("c"), response_line("c", timestamp=LATER))

    # THEN there is one request, at the time it was asked
    row = result.row
    assert (result.receipt.good, result.receipt.requests) == (2, 1)
    assert (row["requests"], row["status"], row["response_bytes"], row["response_content_type"]) == (
        1,
        200,
        21,
        "application/json",
    )
    assert (row["first_seen"].hour, row["path"]) == (10, "/shop/items")


@pytest.mark.parametrize(
    ("asking", "answering", "server"),
    [
        ({"server": "a:1"}, {}, "a:1"),
        ({}, {"server": "b:1"}, "b:1"),
        ({"server": "a:1"}, {"server": "b:1"}, "b:1"),
        ({"server": "a:1"}, {"server": ""}, "a:1"),
        ({"mode": "sideband", "server": "a:1"}, {}, "0.0.0.0"),
        ({}, {"mode": "sideband"}, "0.0.0.0"),
        ({"mode": "sideband"}, {"mode": "inline", "server": "b:1"}, "b:1"),
        ({"mode": "sideband"}, {"mode": ""}, "0.0.0.0"),
        ({}, {}, None),
    ],
)
def test_what_may_stand_on_either_line_is_the_answers_where_both_say_it(
    asking: Any, answering: Any, server: str | None
) -> None:
    assert of(request_line("c", **asking), response_line("c", **answering)).row["server"] == server


@pytest.mark.parametrize(("asking", "answering", "micros"), [(5, None, 5000), (None, 7, 7000), (5, 7, 7000)])
def test_response_time(asking: object, answering: object, micros: int) -> None:
    row = of(request_line("c", response_time_ms=asking), response_line("c", response_time_ms=answering)).row
    assert row["response_time_us"] == micros


def test_ids_are_compared_as_text() -> None:
    assert of(request_line(17), response_line("17")).row["status"] == 200


def test_an_id_may_be_used_again_after_its_answer() -> None:
    result = of(
        asked("c", "/1"),
        response_line("c"),
        asked("c", "/2"),
        response_line("c", response=ase.response(response_code=404)),
    )
    assert statuses(result) == {"/1": 200, "/2": 404}


def test_an_id_used_again_before_its_answer_leaves_the_first_request_unanswered() -> None:
    result = of(asked("c", "/1"), asked("c", "/2"), response_line("c"))
    assert (statuses(result), result.receipt.good) == ({"/1": None, "/2": 200}, 3)


def test_a_second_answer_and_one_before_its_request_are_quarantined() -> None:
    result = of(response_line("d"), asked("c", "/1"), response_line("c"), response_line("c"), asked("d", "/2"))

    assert result.reasons == {1: UNASKED, 4: UNASKED}
    assert statuses(result) == {"/1": 200, "/2": None}


def test_a_whole_transaction_answers_no_one_else() -> None:
    result = of(asked("c", "/1"), ase.line(correlation_id="c", request=ase.request(url="/2")), response_line("c"))
    assert statuses(result) == {"/1": 200, "/2": 200}


def test_a_request_without_answer_counts_without_one() -> None:
    row = of(request_line("c", server="a:1")).row
    assert (row["requests"], row["status"], row["server"]) == (1, None, "a:1")


@pytest.mark.parametrize("part_bytes", [1024, 5000])
def test_pairs_across_parts(part_bytes: int) -> None:
    # GIVEN requests whose answers all come after the last of them
    asking = [asked(n, f"/{n}") for n in range(60)]
    answering = [response_line(n, response=ase.response(response_code=200 + n)) for n in range(50)]

    # WHEN they are read in many parts
    with small_reads(700):
        result = of(*asking, *answering, part_bytes=part_bytes)

    # THEN each has its own answer, and the last ten have none
    assert len(result.receipt.units) > 1
    assert statuses(result) == {f"/{n}": 200 + n if n < 50 else None for n in range(60)}


def test_of_too_many_waiting_requests_the_oldest_goes_unanswered() -> None:
    result = of(*(asked(n, f"/{n}") for n in range(4)), *(response_line(n) for n in range(4)), max_pending_requests=3)

    assert statuses(result) == {"/0": None, "/1": 200, "/2": 200, "/3": 200}
    assert result.reasons == {5: UNASKED}


def test_fault_15_an_id_that_a_caller_can_choose_hides_no_request() -> None:
    whole = ase.line(correlation_id="c", connection_id="c")
    assert of(whole, whole, whole).row["requests"] == 3

    answered = of(request_line("c"), response_line("c"), request_line("c"), response_line("c")).row
    assert answered["requests"] == 2


def test_an_id_of_nothing_is_no_id() -> None:
    result = of(ase.line(correlation_id="", response=None), response_line(""))
    assert (result.row["status"], list(result.reasons)) == (None, [2])
