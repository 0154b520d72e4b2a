"""Azure Front Door access log as JSON lines: Standard and Premium (FrontDoorAccessLog), and classic (FrontdoorAccessLog).

Source: https://learn.microsoft.com/azure/frontdoor/monitor-front-door#access-log. All values below ``properties`` are texts.
``clientIp`` is taken from X-Forwarded-For where the client sends one, so anybody can choose it; ``socketIp`` is the peer.
"""

from abslake.formats import About
from abslake.formats.readers.base import declared
from abslake.formats.readers.fields import Field, count, duration, ignored, status, text, time
from abslake.formats.readers.json_lines import JsonLines
from abslake.records.record import protocol_name


def _version(source: str) -> Field:
    """``2.0.0.0`` is HTTP/2.0."""
    return Field(
        ("protocol",),
        ((source,),),
        lambda value: (protocol_name(value and value.removesuffix(".0.0")),),
        ("'HTTP/' || regexp_replace($0, '\\.0\\.0$', '')",),
        "($0 IS NULL OR regexp_full_match($0, '\\d\\.\\d\\.0\\.0'))",
    )


_FIELDS = (
    ignored("/properties/isReceivedFromClient", "false"),
    time("time"),
    text("peer", "/properties/socketIp"),
    text("forwarded_for", "/properties/clientIp"),
    text("method", "/properties/httpMethod"),
    text("url", "/properties/requestUri"),
    text("host", "/properties/hostName"),
    _version("/properties/httpVersion"),
    text("user_agent", "/properties/userAgent"),
    status("/properties/httpStatusCode"),
    count("request_bytes", "/properties/requestBytes"),
    count("response_bytes", "/properties/responseBytes"),
    text("server", ("/properties/originIp", "/properties/originName", "/properties/backendHostname")),
    duration("/properties/timeTaken", "s"),
)

FORMAT = declared(
    "azure-front-door",
    (JsonLines(_FIELDS, only={"category": ("FrontDoorAccessLog", "FrontdoorAccessLog")}, nothing=("N/A",)),),
    About(
        title="Azure Front Door (access log)",
        sources=(
            "https://learn.microsoft.com/azure/frontdoor/monitor-front-door#access-log",
            "https://learn.microsoft.com/azure/frontdoor/standard-premium/how-to-logs",
        ),
        examples=(
            '{"time":"2026-03-02T10:15:00.0000000Z","resourceId":"/SUBSCRIPTIONS/0000/PROFILES/SHOP",'
            '"category":"FrontDoorAccessLog","operationName":"Microsoft.Cdn/Profiles/AccessLog/Write","properties":{'
            '"trackingReference":"20260302T101500Z-17587c8c","httpMethod":"GET","httpVersion":"2.0.0.0",'
            '"requestUri":"https://shop.example.com:443/shop/items?id=1","requestBytes":"60","responseBytes":"1624",'
            '"userAgent":"Mozilla/5.0 (X11; Linux x86_64; rv:137.0) Gecko/20100101 Firefox/137.0",'
            '"clientIp":"2001:db8::7","clientPort":"55262","socketIp":"2001:db8::7","timeToFirstByte":"0.035",'
            '"timeTaken":"0.036","requestProtocol":"HTTPS","httpStatusCode":"200","cacheStatus":"CONFIG_NOCACHE",'
            '"errorInfo":"NoError","hostName":"shop.example.com","originUrl":"https://origin.example.com:443/shop/items?id=1",'
            '"originIp":"198.51.100.29:443","originName":"origin.example.com:443"}}',
            '{"category":"FrontdoorAccessLog","operationName":"Microsoft.Network/FrontDoor/AccessLog/Write","properties":{'
            '"ErrorInfo":"NoError","backendHostname":"shop.azurewebsites.net:443","clientIp":"192.0.2.9",'
            '"clientPort":"50382","httpMethod":"POST","httpStatusCode":"200","httpVersion":"1.1.0.0",'
            '"isReceivedFromClient":true,"requestBytes":"2545","requestUri":"https://shop.example.com:443/shop/orders",'
            '"responseBytes":"1205","socketIp":"198.51.100.128","timeTaken":"0.384","userAgent":"curl/8.5.0"},'
            '"resourceId":"/SUBSCRIPTIONS/0000/FRONTDOORS/SHOP","time":"2026-03-02T10:15:11.6479719Z"}',
        ),
        switch_on="In the Front Door profile, Monitoring, Diagnostic settings: send FrontDoorAccessLog to a storage account or "
        "an event hub, from which it goes to S3.",
        cannot_tell="No header but the user agent: no token, cookie, API key or user name. The time is that of the end of the "
        "answer.",
        notes="The client address is socketIp; lines without it are quarantined. "
        "clientIp, which Front Door takes from X-Forwarded-For, counts where "
        "trusted_proxies holds socketIp. A status of 0 (the origin timed out) is none, and so is N/A (an origin that was not "
        "asked). In the classic log, lines with isReceivedFromClient false tell of the same request once more, and are passed "
        "over.",
    ),
    name_hint=r"insights-logs-frontdooraccesslog",
    name_decides=True,
)
