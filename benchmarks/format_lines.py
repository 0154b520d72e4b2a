"""The generated traffic of `benchmarks.traffic` in the words of every log format, one line a request.

Every format tells what its gateway would of the same request: some hold headers and identifiers, some hardly more than the
request line, so that a rate in requests is no rate in bytes.
"""

import json
import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import islice
from pathlib import Path
from urllib.parse import quote

from benchmarks.traffic import START, Request, Traffic, requests

Line = Callable[["Told"], str]


class Told:
    """A request in the spellings that formats share."""

    def __init__(self, rng: random.Random, request: Request) -> None:
        at, client, template, method, path, status = request
        moment = START + timedelta(milliseconds=int(at * 1000))
        self.iso = f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}"
        self.clf = f"{moment:%d/%b/%Y:%H:%M:%S} +0000"
        self.haproxy = f"{moment:%d/%b/%Y:%H:%M:%S}.{moment.microsecond // 1000:03d}"
        self.ms = int(moment.timestamp() * 1000)
        self.day, self.clock = f"{moment:%Y-%m-%d}", f"{moment:%H:%M:%S}"
        self.address = client.addresses[int(rng.random() ** 2 * len(client.addresses))]
        self.port = int(rng.random() * 28_000) + 32_768
        self.method, self.path, self.status = method, path, status
        self.query = f"page={self.port % 50}&size=20" if self.port % 5 == 0 else ""
        self.url = f"{path}?{self.query}" if self.query else path
        self.agent, self.user = client.agent, client.username
        self.bytes = template.body_bytes if status[0] == "2" else 120
        self.took = round(template.usual_ms * rng.lognormvariate(0, 0.5), 1)
        self.server = rng.choice(template.servers)
        self.key = f"{rng.getrandbits(64):016x}"


def lines(name: str, count: int, seed: int = 1) -> Iterator[bytes]:
    """`count` lines of a format, each with its newline; the same requests for every format."""
    rng = random.Random(f"{name} {seed}")
    line = LINES[name]
    head = HEADS.get(name)
    if head:
        yield head
    for request in requests(Traffic(count, seed=seed)):
        yield (line(Told(rng, request)) + "\n").encode()


def write(path: Path, name: str, count: int) -> None:
    """Write a log of a format."""
    with path.open("wb") as file:
        source = lines(name, count)
        while some := list(islice(source, 10_000)):
            file.write(b"".join(some))


def _json(document: object) -> str:
    return json.dumps(document, separators=(",", ":"))


def _api_gateway(t: Told) -> str:
    return _json({
        "requestId": f"{t.key[:8]}-7b61-11e6-9a41-{t.key[-12:]}",
        "ip": t.address, "caller": "-", "user": t.user, "requestTime": t.clf, "httpMethod": t.method,
        "resourcePath": t.path, "path": t.path, "status": t.status, "protocol": "HTTP/1.1", "responseLength": str(t.bytes),
        "userAgent": t.agent, "apiKeyId": t.key, "responseLatency": str(int(t.took)), "domainName": "api.example.com",
    })  # fmt: skip


def _alb(t: Told) -> str:
    return (
        f"https {t.iso}000Z app/shop/50dc6c495c0c9188 {t.address}:{t.port} {t.server} 0.000 {t.took / 1000:.3f} 0.000 "
        f'{t.status} {t.status} 340 {t.bytes} "{t.method} https://api.example.com:443{t.url} HTTP/1.1" "{t.agent}" '
        f"ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/shop/73e2 "
        f'"Root=1-58337262-36d228ad5d99923122bbe354" "api.example.com" "arn:aws:acm:us-east-2:123456789012:certificate/1" 0 '
        f'{t.iso}000Z "forward" "-" "-" "{t.server}" "{t.status}" "-" "-"'
    )


def _cloudfront(t: Told) -> str:
    return "\t".join([
        t.day, t.clock, "FRA56-P5", str(t.bytes), t.address, t.method, "d111111abcdef8.cloudfront.net", t.path, t.status, "-",
        quote(t.agent, safe="/;:(),"), t.query or "-", "-", "Miss", "yoCXSFpTMgYTcuyXEXJNKmQDVoLcyO==", "api.example.com",
        "https",
        "340", f"{t.took / 1000:.3f}", "-", "TLSv1.3", "TLS_AES_128_GCM_SHA256", "Miss", "HTTP/2.0", "-", "-", str(t.port),
        f"{t.took / 1000:.3f}", "Miss", "application/json", str(t.bytes), "-", "-",
    ])  # fmt: skip


def _cloudfront_realtime(t: Told) -> str:
    headers = quote(f"Host:api.example.com\nUser-Agent:{t.agent}\nAccept:*/*", safe="/;:(),*")
    return "\t".join([
        f"{t.ms / 1000:.3f}", t.address, f"{t.took / 1000:.3f}", t.status, str(t.bytes), t.method, "https", "api.example.com",
        t.path,
        "340", "FRA56-P5", "yoCXSFpTMgYTcuyXEXJNKmQDVoLcyO==", "d1.cloudfront.net", f"{t.took / 1000:.3f}", "HTTP/2.0", "IPv4",
        quote(t.agent, safe="/;:(),"), "-", "-", t.query or "-", "Miss", "-", "TLSv1.3", "TLS_AES_128_GCM_SHA256", "Miss", "-",
        "-",
        "application/json", str(t.bytes), "-", "-", str(t.port), "Miss", "DE", "gzip", "*/*", "*", headers,
        "Host%0AUser-Agent%0AAccept", "3",
    ])  # fmt: skip


def _waf(t: Told) -> str:
    headers = [{"name": "Host", "value": "api.example.com"}, {"name": "User-Agent", "value": t.agent}]
    return _json({
        "timestamp": t.ms, "formatVersion": 1, "webaclId": "arn:aws:wafv2:us-east-1:123456789012:regional/webacl/shop/8acf338d",
        "terminatingRuleId": "Default_Action", "terminatingRuleType": "REGULAR", "action": "ALLOW",
        "terminatingRuleMatchDetails": [],
        "httpSourceName": "ALB", "ruleGroupList": [], "rateBasedRuleList": [], "nonTerminatingMatchingRules": [],
        "httpRequest": {
            "clientIp": t.address, "country": "DE", "headers": [*headers, {"name": "X-API-Key", "value": t.key}], "uri": t.path,
            "args": t.query, "httpVersion": "HTTP/1.1", "httpMethod": t.method, "requestId": t.key,
        },
    })  # fmt: skip


def _kong(t: Told) -> str:
    return _json({
        "request": {
            "id": t.key, "method": t.method, "uri": t.url, "url": f"http://api.example.com:8000{t.url}", "querystring": {},
            "size": 340,
            "headers": {"host": "api.example.com", "user-agent": t.agent, "x-api-key": t.key, "accept": "*/*"},
        },
        "response": {"status": int(t.status), "size": t.bytes, "headers": {"content-type": "application/json"}},
        "latencies": {"request": int(t.took), "kong": 1, "proxy": int(t.took)}, "client_ip": t.address, "started_at": t.ms,
        "consumer": {"id": t.key, "username": t.user}, "tries": [{"ip": t.server.partition(":")[0], "port": 8080}],
        "route": {"id": "1", "name": "r"}, "service": {"id": "2", "name": "s"}, "upstream_uri": t.url,
    })  # fmt: skip


def _combined(t: Told) -> str:
    return f'{t.address} - {t.user} [{t.clf}] "{t.method} {t.url} HTTP/1.1" {t.status} {t.bytes} "-" "{t.agent}"'


def _nginx_json(t: Told) -> str:
    return _json({
        "time_iso8601": f"{t.iso[:19]}+00:00", "remote_addr": t.address, "remote_user": t.user,
        "request": f"{t.method} {t.url} HTTP/1.1",
        "status": t.status, "body_bytes_sent": str(t.bytes), "request_time": f"{t.took / 1000:.3f}", "http_referer": "",
        "http_user_agent": t.agent, "http_x_forwarded_for": "", "host": "api.example.com", "upstream_addr": t.server,
        "http_x_api_key": t.key,
    })  # fmt: skip


def _envoy(t: Told) -> str:
    return (
        f'[{t.iso}Z] "{t.method} {t.url} HTTP/1.1" {t.status} - via_upstream - "-" 340 {t.bytes} {int(t.took)} {int(t.took)} "-" '
        f'"{t.agent}" "{t.key}" "api.example.com" "{t.server}" inbound|8080|| 127.0.0.6:38000 10.1.0.9:8080 {t.address}:{t.port} '
        "outbound_.8080_._.shop default"
    )


def _envoy_json(t: Told) -> str:
    return _json({
        "start_time": f"{t.iso}Z", "route_name": "default", "method": t.method, "path": t.url, "protocol": "HTTP/1.1",
        "response_code": int(t.status), "response_flags": "-", "response_code_details": "via_upstream", "bytes_received": 340,
        "bytes_sent": t.bytes, "duration": int(t.took), "upstream_service_time": str(int(t.took)), "x_forwarded_for": None,
        "user_agent": t.agent, "request_id": t.key, "authority": "api.example.com", "upstream_host": t.server,
        "upstream_cluster": "inbound|8080||", "downstream_local_address": "10.1.0.9:8080",
        "downstream_remote_address": f"{t.address}:{t.port}", "requested_server_name": None,
    })  # fmt: skip


def _traefik(t: Told) -> str:
    return (
        f'{t.address} - {t.user} [{t.clf}] "{t.method} {t.url} HTTP/1.1" {t.status} {t.bytes} "-" "{t.agent}" {t.port} '
        f'"shop@docker" "http://{t.server}" {int(t.took)}ms'
    )


def _traefik_json(t: Told) -> str:
    return _json({
        "ClientAddr": f"{t.address}:{t.port}", "ClientHost": t.address, "ClientPort": str(t.port), "ClientUsername": t.user,
        "DownstreamContentSize": t.bytes, "DownstreamStatus": int(t.status), "Duration": int(t.took * 1e6),
        "RequestAddr": "api.example.com",
        "RequestContentSize": 0, "RequestHost": "api.example.com", "RequestMethod": t.method, "RequestPath": t.url,
        "RequestPort": "-",
        "RequestProtocol": "HTTP/2.0", "RequestScheme": "https", "RouterName": "shop@docker", "ServiceAddr": t.server,
        "ServiceURL": f"http://{t.server}", "StartUTC": f"{t.iso}000000Z", "level": "info", "msg": "",
        "request_User-Agent": t.agent,
        "request_X-Api-Key": t.key, "time": f"{t.iso[:19]}Z",
    })  # fmt: skip


def _haproxy(t: Told) -> str:
    took = int(t.took)
    return (
        f"{t.address}:{t.port} [{t.haproxy}] http-in shop/{t.server} 0/0/0/{took}/{took} {t.status} {t.bytes} "
        f'- - ---- 1/1/1/1/0 0/0 "{t.method} {t.url} HTTP/1.1"'
    )


def _caddy(t: Told) -> str:
    return _json({
        "level": "info", "ts": t.ms / 1000, "logger": "http.log.access.log0", "msg": "handled request",
        "request": {
            "remote_ip": t.address, "remote_port": str(t.port), "client_ip": t.address, "proto": "HTTP/2.0", "method": t.method,
            "host": "api.example.com", "uri": t.url, "headers": {"User-Agent": [t.agent], "X-Api-Key": [t.key],
            "Accept": ["*/*"]},
        },
        "bytes_read": 0, "user_id": "", "duration": t.took / 1000, "size": t.bytes, "status": int(t.status),
        "resp_headers": {"Content-Type": ["application/json"]},
    })  # fmt: skip


def _cloudflare(t: Told) -> str:
    return _json({
        "ClientIP": t.address, "ClientRequestBytes": 340, "ClientRequestHost": "api.example.com",
        "ClientRequestMethod": t.method,
        "ClientRequestProtocol": "HTTP/2", "ClientRequestURI": t.url, "ClientRequestUserAgent": t.agent,
        "EdgeResponseBytes": t.bytes,
        "EdgeResponseContentType": "application/json", "EdgeResponseStatus": int(t.status),
        "EdgeStartTimestamp": f"{t.iso[:19]}Z",
        "EdgeTimeToFirstByteMs": int(t.took), "OriginIP": "198.51.100.20", "RayID": t.key,
        "RequestHeaders": {"x-api-key": t.key},
    })  # fmt: skip


def _azure_apim(t: Told) -> str:
    return _json({
        "time": f"{t.iso}0000Z", "operationName": "Microsoft.ApiManagement/GatewayLogs", "category": "GatewayLogs",
        "durationMs": int(t.took), "callerIpAddress": t.address, "correlationId": t.key,
        "properties": {
            "method": t.method, "url": f"https://shop.azure-api.net{t.url}", "backendResponseCode": int(t.status),
            "responseCode": int(t.status),
            "responseSize": t.bytes, "cache": "none", "requestSize": 340, "apiId": "shop", "operationId": "op",
            "apimSubscriptionId": t.key, "userId": t.user, "clientProtocol": "HTTP/1.1", "backendUrl": f"https://{t.server}/",
        },
    })  # fmt: skip


def _azure_front_door(t: Told) -> str:
    return _json({
        "time": f"{t.iso}0000Z", "category": "FrontDoorAccessLog", "operationName": "Microsoft.Cdn/Profiles/AccessLog/Write",
        "properties": {
            "trackingReference": t.key, "httpMethod": t.method, "httpVersion": "2.0.0.0",
            "requestUri": f"https://api.example.com:443{t.url}",
            "requestBytes": "340", "responseBytes": str(t.bytes), "userAgent": t.agent, "clientIp": t.address,
            "clientPort": str(t.port),
            "socketIp": t.address, "timeTaken": f"{t.took / 1000:.3f}", "requestProtocol": "HTTPS", "httpStatusCode": t.status,
            "hostName": "api.example.com", "originName": "origin.example.com",
        },
    })  # fmt: skip


def _apigee(t: Told) -> str:
    return _json({
        "client_received_start_timestamp": t.ms, "client_sent_end_timestamp": t.ms + int(t.took), "recordType": "APIAnalytics",
        "apiproxy": "shop", "request_uri": t.url, "request_path": t.path, "request_verb": t.method, "client_ip": t.address,
        "useragent": t.agent, "response_status_code": int(t.status), "developer_email": t.user, "developer_app": "app",
        "client_id": t.key,
        "organization": "example", "environment": "prod",
    })  # fmt: skip


def _ocsf(t: Told) -> str:
    return _json({
        "metadata": {"version": "1.3.0", "product": {"name": "gateway", "vendor_name": "example"}}, "time": t.ms,
        "category_uid": 4,
        "class_uid": 4002, "activity_id": 3, "type_uid": 400203, "severity_id": 1,
        "http_request": {
            "http_method": t.method, "url": {"scheme": "https", "hostname": "api.example.com", "port": 443, "path": t.path,
            "query_string": t.query},
            "user_agent": t.agent, "version": "HTTP/1.1", "http_headers": [{"name": "X-API-Key", "value": t.key}],
        },
        "http_response": {"code": int(t.status), "latency": int(t.took)}, "src_endpoint": {"ip": t.address, "port": t.port},
        "actor": {"user": {"name": t.user}},
    })  # fmt: skip


LINES: dict[str, Line] = {
    "alb": _alb, "api-gateway": _api_gateway, "apigee": _apigee, "azure-apim": _azure_apim,
    "azure-front-door": _azure_front_door,
    "caddy": _caddy, "cloudflare": _cloudflare, "cloudfront": _cloudfront, "cloudfront-realtime": _cloudfront_realtime,
    "combined": _combined, "envoy": _envoy, "envoy-json": _envoy_json, "haproxy": _haproxy, "kong": _kong,
    "nginx-json": _nginx_json,
    "ocsf": _ocsf, "traefik": _traefik, "traefik-json": _traefik_json, "waf": _waf,
}  # fmt: skip
"""A line of each format."""

TEXT = frozenset({"alb", "cloudfront", "cloudfront-realtime", "combined", "envoy", "haproxy", "traefik"})
"""Formats that are no JSON."""

HEADS = {
    "cloudfront": b"#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status "
    b"cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes "
    b"time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status "
    b"fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start "
    b"sc-range-end\n"
}
"""Header lines."""
