"""Every line of the real Apache log gives what the package ``apachelogs`` reads in it."""

import gzip
from pathlib import Path

import apachelogs

from abslake.formats.combined import FORMAT
from abslake.formats.log_format import with_template
from abslake.records.record import BadLine, Record
from tests.support.agreement import sure_rows

LOG = Path(__file__).parents[2] / "examples/logs/apache-combined.log.gz"
OTHER = apachelogs.LogParser(apachelogs.COMBINED)


def theirs(line: str) -> dict[str, object] | None:
    try:
        entry = OTHER.parse(line)
    except apachelogs.InvalidEntryError:
        return None
    return {
        "time": round(entry.request_time.timestamp() * 1_000_000),
        "peer": entry.remote_host,
        "username": entry.remote_user,
        "request": entry.request_line,
        "status": entry.final_status,
        "response_bytes": entry.bytes_sent,
        "user_agent": entry.headers_in["User-Agent"],
    }


def ours(record: Record) -> dict[str, object]:
    request = " ".join(filter(None, [record.method, record.url, record.protocol]))
    names = ("time", "peer", "username", "status", "response_bytes", "user_agent")
    return {name: getattr(record, name) for name in names} | {"request": request}


def test_every_line() -> None:
    template = with_template(apachelogs.COMBINED)
    lines = gzip.decompress(LOG.read_bytes()).splitlines()
    refused = 0
    for line in lines:
        expected = theirs(line.decode())
        try:
            record = FORMAT.parse(line, ())
        except BadLine:
            assert expected is None
            refused += 1
            continue
        assert ours(record) == expected
        assert template.parse(line, ()) == record
    assert (len(lines), refused) == (10_000, 1)


def test_the_engine_reads_nearly_all_of_them_alike(tmp_path: Path) -> None:
    lines = gzip.decompress(LOG.read_bytes()).splitlines()
    assert sure_rows(with_template(apachelogs.COMBINED), lines, tmp_path) > 9_900
