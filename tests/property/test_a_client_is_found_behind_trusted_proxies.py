"""Whatever X-Forwarded-For says, the facts hold the client that an independent walk back over the trusted proxies finds."""

from hypothesis import given
from hypothesis import strategies as st

from tests.support import places
from tests.support.records import record, rows_from
from tests.support.thoroughness import examples

NETWORKS = st.one_of(
    st.ip_addresses().map(str),
    st.tuples(st.sampled_from(["10.0.0.0", "10.64.0.0", "8.0.0.0"]), st.integers(10, 32)).map("{0[0]}/{0[1]}".format),
    st.tuples(st.just("2001:db8::"), st.integers(32, 128)).map("{0[0]}/{0[1]}".format),
)
ADDRESSES = st.one_of(
    st.sampled_from("10.0.0.0 10.0.0.1 10.0.255.255 10.63.255.255 10.64.0.0 10.127.1.1 11.0.0.0 9.9.9.9".split()),
    st.ip_addresses(v=4, network="8.0.0.0/5").map(str),
    st.ip_addresses(v=6, network="2001:db8::/32").map(str),
)
ENTRIES = st.one_of(ADDRESSES, ADDRESSES, st.sampled_from(["", "unknown", "10.0.0", "x", "10.0.0.01", " 10.0.0.1 "]))
HEADERS = st.lists(st.lists(ENTRIES, max_size=4).map(", ".join), max_size=3)


@given(
    trusted=st.lists(NETWORKS, min_size=1, max_size=4),
    asked=st.lists(st.tuples(HEADERS, ADDRESSES), min_size=1, max_size=20),
)
@examples(20)
def test_any_chain(trusted: list[str], asked: list[tuple[list[str], str]]) -> None:
    records = [
        record(method=f"M{n}", forwarded_for="\n".join(headers), peer=peer) for n, (headers, peer) in enumerate(asked)
    ]
    rows = rows_from(*records, trusted_proxies=",".join(trusted))

    assert {row["method"]: row["ip"] for row in rows} == {
        f"M{n}": places.client(headers, peer, trusted) for n, (headers, peer) in enumerate(asked)
    }
