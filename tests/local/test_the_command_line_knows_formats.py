"""`abslake formats`: what a file is, how sure that is, and whether one's own grammar reads it."""

import gzip
import json
import shutil
from pathlib import Path

import pytest

from abslake.formats import formats
from tests.support.command import TOP, abslake

GRAMMARS = TOP / "examples" / "formats"
LINE = '[2026-03-02 10:15:00.250 +0100] [conn:17] client=192.0.2.7:53122 "GET /shop HTTP/1.1" status=200 server=- took=0.1s'
TEXT_LOG = "\n".join(f'{LINE} user=joe key=s3cret-key-{n} agent="curl/8.5"' for n in range(4)) + "\nsomething odd\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "gateway.log"
    path.write_text(TEXT_LOG)
    return path


def test_sniff_shows_the_guess_and_what_supports_it() -> None:
    real = sorted((TOP / "examples/logs").glob("*apache*"))
    assert real
    done = abslake("formats", "sniff", *real)
    assert done.returncode == 0, done.stderr
    assert "combined, confidence 100% (200 of 200 lines)" in done.stdout
    assert "lacks" in done.stdout
    assert "username" in done.stdout.split("lacks")[1]
    assert "line 3" in done.stdout
    assert "/presentations/" in done.stdout


def test_sniff_reads_through_gzip_and_envelopes(tmp_path: Path) -> None:
    message = '192.0.2.1 - - [02/Mar/2026:10:15:00 +0000] "GET / HTTP/1.1" 200 5 "-" "curl/8"'
    events = [{"id": str(n), "timestamp": 1, "message": message} for n in range(3)]
    document = {"messageType": "DATA_MESSAGE", "owner": "1", "logGroup": "g", "logStream": "s", "logEvents": events}
    file = tmp_path / "firehose-1"
    file.write_bytes(gzip.compress(json.dumps(document).encode()))
    done = abslake("formats", "sniff", file)
    assert done.returncode == 0, done.stdout
    assert "combined, confidence 100% (3 of 3 lines)" in done.stdout
    assert "envelope" in done.stdout


def test_a_wrong_guess_is_visible(log: Path) -> None:
    done = abslake("formats", "sniff", log)
    assert done.returncode == 1
    assert "no format parses any of the first lines" in done.stdout
    assert "grammars.md" in done.stdout


def test_sniff_with_a_grammar_shows_secrets_by_their_length(log: Path) -> None:
    grammars = log.parent / "grammars"
    grammars.mkdir()
    text = (GRAMMARS / "ase-text.toml").read_text()
    (grammars / "ours.toml").write_text(text.replace('connection = "conn"', 'api_key = "key"'))
    done = abslake("formats", "sniff", log, "--grammars", grammars)
    assert done.returncode == 0, done.stdout
    assert "ours, confidence 80% (4 of 5 lines)" in done.stdout
    assert "not parsed  1 line: the line does not match the expression" in done.stdout
    assert "(12 characters)" in done.stdout
    assert "s3cret" not in done.stdout + done.stderr


def test_check_says_ok_or_names_file_and_field(log: Path) -> None:
    bad = log.parent / "bad.toml"
    bad.write_text('kind = "regex"\npattern = "(?P<a>.)"\n[[examples]]\nline = "x"\n')
    done = abslake("formats", "check", GRAMMARS, bad, "--lines", log)
    assert done.returncode == 1
    assert (
        "ase-text.toml: ok, reads 4 of 5 lines (1: the line does not match the expression of this format)"
        in done.stdout
    )
    assert "partner-gateway.json: ok, reads 0 of 5 lines" in done.stdout
    assert "bad.toml: rejected: fields: time is missing" in done.stdout
    assert "Traceback" not in done.stderr


def test_list_names_built_in_formats_and_grammars() -> None:
    done = abslake("formats", "list", "--grammars", GRAMMARS)
    assert done.returncode == 0
    kinds = {
        line.split()[0]: line.rstrip().endswith("grammar") for line in done.stdout.splitlines()[1:] if line[1] != " "
    }
    assert kinds == dict.fromkeys(formats(), False) | {"ase-text": True, "partner-gateway": True}


@pytest.mark.parametrize("words", [("sniff", "none.log"), ("check", "none.toml"), ("list", "--grammars", "none")])
def test_a_path_that_is_not_there_is_a_usage_error(words: tuple[str, ...]) -> None:
    done = abslake("formats", *words)
    assert done.returncode == 2
    assert "error:" in done.stderr
    assert "Traceback" not in done.stderr


def test_grammars_are_stored_in_the_lake_and_used_from_there(log: Path) -> None:
    grammars, lake = log.parent / "grammars", log.parent / "lake"
    shutil.copytree(GRAMMARS, grammars)
    done = abslake("ingest", log, "--lake", lake, "--grammars", grammars, "--any-time")
    assert done.returncode == 0, done.stderr
    assert (lake / "config/formats/ase-text.toml").exists()

    shutil.rmtree(grammars)
    other = log.with_name("other.log")
    other.write_text(TEXT_LOG.replace("GET", "PUT"))
    done = abslake("ingest", other, "--lake", lake, "--any-time", "--format", "ase-text")
    assert done.returncode == 0, done.stderr
    assert "ase-text" in done.stderr + done.stdout

    done = abslake("ingest", other, "--lake", lake, "--format", "no-such")
    assert done.returncode == 2
    assert "is none of auto, alb" in done.stderr
