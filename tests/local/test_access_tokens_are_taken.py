"""OAuth: a good access token speaks for a user by its scope; whatever is wrong with one is the 401 of wrong keys."""

import base64
import json
import time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from jwt.algorithms import RSAAlgorithm

from abslake.access import jwks as sets
from abslake.errors import SettingsError, Unavailable
from abslake.settings import Settings, from_environment
from tests.support.calls import ADMIN, RESTRICTED, call, during, metrics
from tests.support.facts import fact, write_facts
from tests.support.issuer import AUDIENCE, ISSUER, claims, issuer, jwk, jwks, key, token
from tests.support.lakes import open_lake

QUERY = f"token=t&{during('2018-02-13T18:00', '2018-02-18T18:00')}"
KEYS = [
    jwk("first"),
    jwk("curve", "EC"),
    jwk("edwards", "OKP"),
    jwk("short", "RSA1024"),
    jwk("only-512", alg="RS512"),
    jwk("for-encryption", use="enc"),
    {**RSAAlgorithm.to_jwk(key("published"), as_dict=True), "kid": "published", "key_ops": ["verify"]},
    {"kty": "oct", "kid": "shared", "k": base64.urlsafe_b64encode(b"s" * 32).decode()},
]


@pytest.fixture
def lake(tmp_path, monkeypatch):
    sets.key_set.cache_clear()
    keys = tmp_path / "jwks.json"
    keys.write_text(jwks(*KEYS))
    return open_lake(
        tmp_path,
        monkeypatch,
        oauth_issuers=f"https://other.example, {ISSUER}",
        oauth_audience=AUDIENCE,
        oauth_jwks=f"file:{keys}",
        oauth_algorithms="RS256,RS512,ES256,EdDSA",
    )


def bearer(text, scheme="Bearer"):
    return {"Authorization": f"{scheme} {text}"}


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"name": "curve", "kind": "EC", "algorithm": "ES256"},
        {"name": "edwards", "kind": "OKP", "algorithm": "EdDSA"},
        {"name": "only-512", "algorithm": "RS512"},
        {"aud": ["another", AUDIENCE]},
        {"iss": "https://other.example"},
        {"exp": -10},
        {"nbf": 10},
        {"scope": None, "scp": ["abslake:admin"]},
        {"scope": "abslake:restricted abslake:admin"},
    ],
    ids=str,
)
def test_a_good_token_is_an_admin(lake, sent):
    said = {name: int(time.time()) + value if name in {"exp", "nbf"} else value for name, value in sent.items()}
    assert call(QUERY, bearer(token(**said))).status == 200


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Bearer "])
def test_the_scheme_is_read_in_any_case(lake, scheme):
    assert call(QUERY, bearer(token(), scheme)).status == 200


def test_the_scope_makes_the_role(lake):
    write_facts(lake, [fact("2018-02-14T10:00:01", cookie="session-one")])
    query = f"api=shop&{during('2018-02-13T18:00', '2018-02-18T18:00')}"
    reader = bearer(token(scope="abslake:restricted"))

    assert call(QUERY, reader).status == 403
    assert metrics(query, reader).status == 200
    assert "session-one" not in metrics(query, reader).body
    assert metrics(query, reader).json == metrics(query, RESTRICTED).json
    assert "session-one" in metrics(query, bearer(token())).body


@pytest.mark.parametrize("scope", ["", "abslake", "abslake:admins", "ABSLAKE:ADMIN"])
def test_a_good_token_without_a_scope_of_ours_is_a_403(lake, scope):
    answer = call(QUERY, bearer(token(scope=scope)))

    assert (answer.status, answer.json["status_code"]) == (403, "FORBIDDEN")


def unsigned(header, payload=None):
    parts = [json.dumps(part).encode() for part in (header, payload or claims())]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def signed_with_the_public_key(text):
    """The classic: HMAC with what everybody knows (RFC 8725, section 2.1)."""
    import hashlib
    import hmac

    signature = hmac.digest(text, unsigned({"alg": "HS256", "kid": "first"}).encode(), hashlib.sha256)
    return f"{unsigned({'alg': 'HS256', 'kid': 'first'})}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def pem():
    return (
        key("first")
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def tampered():
    head, _, signature = token().split(".")
    return f"{head}.{unsigned({}, claims(scope='abslake:admin', sub='somebody-else')).split('.')[1]}.{signature}"


WRONG = {
    "expired": lambda: token(exp=int(time.time()) - 60),
    "not yet": lambda: token(nbf=int(time.time()) + 120),
    "issued later": lambda: token(iat=int(time.time()) + 120),
    "no expiry": lambda: token(exp=None),
    "no subject": lambda: token(sub=None),
    "empty subject": lambda: token(sub=""),
    "long subject": lambda: token(sub="s" * 257),
    "another audience": lambda: token(aud="another"),
    "no audience": lambda: token(aud=None),
    "beginning of the audience": lambda: token(aud=AUDIENCE[:-1]),
    "another issuer": lambda: token(iss="https://issuer.example.evil"),
    "part of the list of issuers": lambda: token(iss="https://other.example, https://issuer.example"),
    "no issuer": lambda: token(iss=None),
    "algorithm none": lambda: unsigned({"alg": "none", "kid": "first"}) + ".",
    "algorithm None": lambda: unsigned({"alg": "None", "kid": "first"}) + ".AA",
    "HS256 with the public key": lambda: signed_with_the_public_key(pem()),
    "HS256 with a key of the set": lambda: jwt.encode(claims(), b"s" * 32, "HS256", headers={"kid": "shared"}),
    "algorithm that is not taken": lambda: token(algorithm="RS384"),
    "algorithm of another key": lambda: token("only-512", algorithm="RS256"),
    "kind of another key": lambda: token("curve", "EC", "ES256", headers={"kid": "first"}),
    "key for encryption": lambda: token("for-encryption"),
    "key whose secret half is published": lambda: token("published"),
    "short key": lambda: token("short", "RSA1024"),
    "unknown key": lambda: token("stranger"),
    "key of somebody else by a known name": lambda: token("stranger", headers={"kid": "first"}),
    "no key id among several": lambda: token(headers={"kid": None}),
    "key id that is no text": lambda: unsigned({"alg": "RS256", "kid": ["first"]}) + ".AA",
    "key in the token": lambda: token("stranger", headers={"jwk": jwk("stranger")}),
    "critical extension": lambda: token(headers={"crit": ["exp"]}),
    "tampered": tampered,
    "cut": lambda: token()[:-4],
    "encrypted form": lambda: "a.b.c.d.e",
    "two": lambda: f"{token()},{token()}",
    "two words": lambda: f"{token()} {token()}",
    "trailing blank": lambda: token() + " ",
    "huge": lambda: token(x="x" * 8000),
    "dots": lambda: "..",
    "nothing": lambda: "",
    "not ASCII": lambda: token().replace("e", "е", 1),
}


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")  # of the tokens that are made wrong
@pytest.mark.parametrize("name", WRONG)
def test_whatever_is_wrong_with_a_token_is_the_401_of_wrong_keys(lake, name):
    answer, of_keys = call(QUERY, bearer(WRONG[name]())), call(QUERY, {**ADMIN, "x-abs-sk": "wrong"})

    assert answer.status == 401
    assert (answer.headers, answer.json) == (of_keys.headers, of_keys.json)
    assert 'Bearer realm="reports"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("scheme", ["Basic", "Token", "DPoP", "Bearer,Bearer", "Bearer\t"])
def test_another_scheme_is_a_401(lake, scheme):
    assert call(QUERY, bearer(token(), scheme)).status == 401


@pytest.mark.parametrize("keys", [ADMIN, RESTRICTED, {"x-abs-ak": ""}, {"x-abs-sk-ru": "x"}])
def test_keys_and_a_token_together_are_a_401(lake, keys):
    assert call(QUERY, {**bearer(token()), **keys}).status == 401


def test_keys_go_on_beside_tokens(lake):
    assert call(QUERY, ADMIN).status == 200
    assert call(QUERY, {}).status == 401


def test_where_no_issuer_is_set_a_token_is_none(lake, monkeypatch):
    monkeypatch.setenv("ABSLAKE_OAUTH_ISSUERS", "")

    assert call(QUERY, bearer(token())).status == 401
    assert call(QUERY, {**ADMIN, **bearer(token())}).status == 200  # a proxy's own, of no meaning here


def test_a_token_without_key_id_is_good_where_one_key_can_be_meant(lake, monkeypatch):
    monkeypatch.setenv("ABSLAKE_OAUTH_JWKS", jwks(jwk("first"), jwk("curve", "EC")))

    assert call(QUERY, bearer(token(headers={"kid": None}))).status == 200


@pytest.fixture
def served(lake, monkeypatch):
    with issuer(jwks(jwk("first"))) as made:
        monkeypatch.setenv("ABSLAKE_OAUTH_JWKS", made.url)
        yield made


def test_the_keys_are_fetched_once(served):
    assert [call(QUERY, bearer(token())).status for _ in range(3)] == [200] * 3
    assert served.asked == 1


def test_unknown_keys_do_not_have_the_issuer_asked_again_and_again(served):
    assert [call(QUERY, bearer(token("stranger"))).status for _ in range(5)] == [401] * 5
    assert served.asked == 1


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (500, None, {}),
        (302, None, {"Location": "http://127.0.0.1:1/"}),
        (200, b"<html>", {}),
        (200, b"[]", {}),
        (200, b'{"keys": 7}', {}),
        (200, json.dumps({"keys": [{}] * 101}).encode(), {}),
        (200, jwks(jwk("first")).encode().ljust(262_145), {}),
        (200, b"[" * 200_000, {}),
    ],
)
def test_keys_that_cannot_be_fetched_are_a_503_and_no_401(served, status, body, headers, caplog):
    served.status, served.headers = status, headers
    served.body = served.body if body is None else body

    answer = call(QUERY, bearer(token()))

    assert (answer.status, answer.json["status_code"]) == (503, "UNAVAILABLE")
    assert served.asked == 1
    assert "the keys of the tokens' issuers cannot be fetched" in caplog.text
    assert served.url not in caplog.text + answer.body
    assert call(QUERY, ADMIN).status == 200


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def test_keys_that_grew_old_are_fetched_again_and_used_a_while_when_that_fails():
    clock, replies = Clock(), [jwks(jwk("first")).encode()]

    def read():
        if not replies:
            raise sets.Unreadable("gone")
        return replies.pop()

    kept = sets.KeySet(read, clock)
    assert kept.matching("first")
    clock.now = sets.FRESH_SECONDS + 1
    assert kept.matching("first")  # the fetch fails
    with pytest.raises(Unavailable):
        kept.matching("stranger")  # nobody can tell
    clock.now = sets.STALE_SECONDS + 1
    with pytest.raises(Unavailable):
        kept.matching("first")
    replies.append(jwks(jwk("stranger")).encode())
    clock.now += sets.AGAIN_SECONDS
    assert not kept.matching("first")
    assert kept.matching("stranger")


def test_a_new_key_of_the_issuer_is_found_when_it_was_not_asked_lately():
    clock, replies = Clock(), [jwks(jwk("first"), jwk("second")).encode(), jwks(jwk("first")).encode()]
    kept = sets.KeySet(replies.pop, clock)

    assert kept.matching("first")
    clock.now = sets.AGAIN_SECONDS - 1
    assert not kept.matching("second")
    clock.now += 1
    assert kept.matching("second")


def test_an_issuer_that_is_slow_does_not_hold_a_report_up(served, monkeypatch):
    monkeypatch.setattr(sets, "_FETCH_SECONDS", 0.2)
    served.seconds = 0.6
    begun = time.monotonic()

    assert call(QUERY, bearer(token())).status == 503
    assert time.monotonic() - begun < 0.6


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("OAUTH_JWKS", "http://issuer.example/keys"),
        ("OAUTH_JWKS", "ftp://issuer.example/keys"),
        ("OAUTH_JWKS", "https://user:password@issuer.example/keys"),
        ("OAUTH_ALGORITHMS", "RS256,none"),
        ("OAUTH_ALGORITHMS", "HS256"),
        ("OAUTH_ALGORITHMS", ""),
        ("OAUTH_AUDIENCE", ""),
        ("OAUTH_ADMIN_SCOPE", ""),
        ("OAUTH_LEEWAY_SECONDS", "3600"),
    ],
)
def test_an_unsafe_setting_is_refused_by_its_name(variable, value):
    good = {
        "ABSLAKE_OAUTH_ISSUERS": ISSUER,
        "ABSLAKE_OAUTH_AUDIENCE": AUDIENCE,
        "ABSLAKE_OAUTH_JWKS": "https://issuer.example/keys",
    }
    assert isinstance(from_environment(good), Settings)

    with pytest.raises(SettingsError, match=f"ABSLAKE_{variable}"):
        from_environment({**good, f"ABSLAKE_{variable}": value})
