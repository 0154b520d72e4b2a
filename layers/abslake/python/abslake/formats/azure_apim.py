"""Azure API Management gateway log (resource log category GatewayLogs) as JSON lines.

Source: https://learn.microsoft.com/azure/api-management/gateway-log-schema-reference. The service writes what belongs to the
request below ``properties``; the self-hosted gateway writes the same names side by side.
"""

import re

from abslake.formats import About
from abslake.formats.readers.base import declared
from abslake.formats.readers.fields import Field, count, duration, protocol, status, text, time
from abslake.formats.readers.json_lines import JsonLines
from abslake.formats.readers.json_pointers import members

_AUTHORITY = "https?://([^/?#@]+)"


def _authority(source: str) -> Field:
    """The back end as host and port of its URL."""

    def read(value: str | None) -> tuple[str | None]:
        match = re.match(_AUTHORITY, value or "")
        return (match and match[1],)

    sql = f"nullif(regexp_extract($0, '^{_AUTHORITY}', 1), '')"
    return Field(("server",), ((source,),), read, (sql,), says="host and port of the URL")


def _reader(at: str) -> JsonLines:
    """`at`: the pointer to where the request's own fields stand."""
    fields = (
        time(("time", "timeGenerated")),
        text("peer", "callerIpAddress"),
        text("forwarded_for", f"{at}/requestHeaders/[,x-forwarded-for]"),
        text("method", f"{at}/method"),
        text("url", f"{at}/url"),
        text("host", f"{at}/requestHeaders/[host]"),
        protocol(f"{at}/clientProtocol"),
        text("user_agent", f"{at}/requestHeaders/[user-agent]"),
        text("cookies", f"{at}/requestHeaders/[;cookie]"),
        text("auth_header", f"{at}/requestHeaders/[authorization]"),
        text("username", f"{at}/userId"),
        text("api_key", f"{at}/apimSubscriptionId"),
        status(f"{at}/responseCode"),
        text("request_content_type", f"{at}/requestHeaders/[content-type]"),
        text("response_content_type", f"{at}/responseHeaders/[content-type]"),
        count("request_bytes", f"{at}/requestSize"),
        count("response_bytes", f"{at}/responseSize"),
        _authority(f"{at}/backendUrl"),
        duration(("durationMs", "totalTime"), "ms"),
    )
    return JsonLines(
        fields,
        only={"category": ("GatewayLogs",)},
        needs=("callerIpAddress", f"{at}/url"),
        headers=members(f"{at}/requestHeaders/[{{}}]"),
    )


FORMAT = declared(
    "azure-apim",
    (_reader("/properties"), _reader("")),
    About(
        title="Azure API Management (GatewayLogs)",
        sources=(
            "https://learn.microsoft.com/azure/api-management/gateway-log-schema-reference",
            "https://learn.microsoft.com/azure/api-management/monitor-api-management",
            "https://learn.microsoft.com/azure/azure-monitor/reference/tables/apimanagementgatewaylogs",
        ),
        examples=(
            '{"Level":4,"isRequestSuccess":true,"time":"2026-03-02T10:15:00.1234567Z",'
            '"operationName":"Microsoft.ApiManagement/GatewayLogs","category":"GatewayLogs","durationMs":152,'
            '"callerIpAddress":"203.0.113.7","correlationId":"3f06647e-0000-0000-0000-530eb9f15261","location":"East US",'
            '"properties":{"method":"GET","url":"https://shop.azure-api.net/shop/items?id=1","backendResponseCode":200,'
            '"responseCode":200,"responseSize":41583,"cache":"none","backendTime":87,"requestSize":526,"apiId":"shop",'
            '"operationId":"GetItems","apimSubscriptionId":"mobile-app","userId":"joe","clientTime":65,'
            '"clientProtocol":"HTTP/1.1","backendUrl":"https://backend.example.com/items",'
            '"requestHeaders":{"User-Agent":"curl/8.5.0"}},"resourceId":"/SUBSCRIPTIONS/0000/PROVIDERS/SHOP"}',
            '{"isRequestSuccess":false,"totalTime":9,"category":"GatewayLogs","callerIpAddress":"10.42.27.182",'
            '"timeGenerated":"2026-03-02T10:15:00.9919859Z","region":"on-premises","correlationId":"78afa01a",'
            '"method":"GET","url":"http://gateway:8080/shop","responseCode":404,"responseSize":156,"cache":"none"}',
        ),
        switch_on="In the API Management instance, Monitoring, Diagnostic settings: send the category GatewayLogs to a storage "
        "account or an event hub, from which it goes to S3. In the diagnostics of the API (Azure Monitor) choose the request "
        "headers to be logged: User-Agent, and those that hold a token, an API key or a user name.",
        cannot_tell="No header but those chosen in the API's diagnostics, so without them no user agent; the subscription key "
        "itself is not logged, its subscription (apimSubscriptionId) stands for it. callerIpAddress is the gateway's immediate "
        "caller: behind Front Door or an Application Gateway it is theirs, unless X-Forwarded-For is logged and trusted_proxies "
        "is set.",
        notes="Storage accounts get one record a line, event hubs an object with the list `records`: both are read. The form of "
        "2017, in which `properties` is a text, is not.",
    ),
    name_hint=r"insights-logs-gatewaylogs",
    name_decides=True,
)
