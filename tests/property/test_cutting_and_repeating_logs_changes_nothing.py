"""Facts add up the same however a log is cut into files or parts, in whatever order and however often these come."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from abslake.facts.ingest import ingest
from abslake.storage import Lake
from tests.support import ase
from tests.support.ingesting import ANY_TIME, definitions_of, ingested, log_object, rows_of, small_reads, summed
from tests.support.mutations import APIS, LINES
from tests.support.thoroughness import examples

DEFINITIONS = definitions_of(APIS)
SEED = st.integers(0, 2**32)


def one_line_transactions(random: Random) -> list[bytes]:
    name = random.choice(sorted(LINES))
    return [name.encode(), *(LINES[name](random.randrange(2**32)) for _ in range(random.randrange(2, 60)))]


def is_one_line(line: bytes) -> bool:
    return b'"correlation_id": null' in line or b'"correlation_id":null' in line or not line.lstrip().startswith(b"{")


@given(seed=SEED)
@examples(6)
def test_fault_09_files_in_any_order_and_number_of_deliveries(seed: int) -> None:
    # GIVEN a log, and the same lines in several files
    random = Random(seed)
    name, *lines = one_line_transactions(random)
    lines = [line for line in lines if is_one_line(line) and b"\n" not in line]
    cuts = sorted(random.randrange(len(lines) + 1) for _ in range(3))
    files = [lines[start:end] for start, end in zip([0, *cuts], [*cuts, None], strict=True)]

    # WHEN the files are delivered out of order and some again
    deliveries = [*range(len(files)), *random.choices(range(len(files)), k=3)]
    random.shuffle(deliveries)
    lake = Lake("memory:")
    keys: dict[str, bytes] = {}
    for number in deliveries:
        log = log_object(ase.log(*files[number]), key=f"file {number}")
        for key in ingest(log, lake, DEFINITIONS, ANY_TIME, name.decode()).units:
            assert keys.setdefault(key, lake.get(key)) == lake.get(key)

    # THEN the facts are those of the whole
    whole = ingested(ase.log(*lines), apis=DEFINITIONS, format_name=name.decode())
    assert summed(rows_of(lake, keys)) == summed(whole.rows)


@given(seed=SEED, read=st.integers(200, 5000), part_bytes=st.integers(1024, 20_000))
@examples(6)
def test_parts_of_any_size_two_line_transactions_included(seed: int, read: int, part_bytes: int) -> None:
    # GIVEN transactions in one line and in two, the halves far apart and some alone, between lines of any kind
    random = Random(seed)
    asked = [ase.request_line(n, request=ase.request(url=f"/shop/{n}")) for n in range(20)]
    answers = [ase.response_line(random.randrange(25), response=ase.response(response_code=200 + n)) for n in range(20)]
    others = [LINES["ase"](random.randrange(2**32)) for _ in range(20)]
    lines = [*asked, *answers, *others, b""]
    random.shuffle(lines)
    log = ase.log(*lines)

    # WHEN it is read in one part and in many
    whole = ingested(log, apis=DEFINITIONS, format_name="ase")
    with small_reads(read):
        parts = ingested(log, apis=DEFINITIONS, format_name="ase", part_bytes=part_bytes)

    # THEN nothing but the number of units differs
    assert summed(parts.rows) == summed(whole.rows)
    assert parts.quarantine == whole.quarantine
    assert parts.receipt.reasons == whole.receipt.reasons
    for count in ("lines_read", "good", "quarantined", "blank", "requests"):
        assert getattr(parts.receipt, count) == getattr(whole.receipt, count)


@given(seed=SEED)
@examples(4)
def test_the_same_log_twice_is_the_same_objects(seed: int) -> None:
    name, *lines = one_line_transactions(Random(seed))
    lakes = [ingested(ase.log(*lines), apis=DEFINITIONS, format_name=name.decode()).lake for _ in range(2)]
    first, second = ({entry.key: lake.get(entry.key) for entry in lake.list("")} for lake in lakes)

    assert first == second
