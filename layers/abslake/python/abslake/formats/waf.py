"""AWS WAF web ACL traffic log: the request as the firewall saw it, with all its headers, and what it decided."""

from abslake.formats import About
from abslake.formats.readers.base import declared
from abslake.formats.readers.fields import count, protocol, status, text, time, url_parts
from abslake.formats.readers.json_lines import JsonLines
from abslake.formats.readers.json_pointers import members

_header = members("/httpRequest/headers/[name={}]/value")

_FIELDS = (
    time("timestamp"),
    text("peer", "/httpRequest/clientIp"),
    text("forwarded_for", "/httpRequest/headers/[,name=x-forwarded-for]"),
    text("method", "/httpRequest/httpMethod"),
    url_parts("/httpRequest/uri", "/httpRequest/args"),
    text("host", (_header("host"), "/httpRequest/host")),
    protocol("/httpRequest/httpVersion"),
    text("user_agent", _header("user-agent")),
    text("cookies", "/httpRequest/headers/[;name=cookie]"),
    text("auth_header", _header("authorization")),
    status("responseCodeSent"),
    text("request_content_type", _header("content-type")),
    count("request_bytes", _header("content-length")),
)

FORMAT = declared(
    name="waf",
    readers=(JsonLines(_FIELDS, needs=("webaclId", "action"), nothing=("REDACTED",), headers=_header),),
    about=About(
        title="AWS WAF",
        sources=(
            "https://docs.aws.amazon.com/waf/latest/developerguide/logging-fields.html",
            "https://docs.aws.amazon.com/waf/latest/developerguide/waf-captcha-and-challenge-logs-metrics.html",
        ),
        examples=(
            '{"timestamp":1684825816966,"formatVersion":1,"webaclId":"arn:aws:wafv2:us-east-1:123456789012:regional/webacl/shop/8acf338d",'
            '"terminatingRuleId":"Default_Action","terminatingRuleType":"REGULAR","action":"ALLOW","terminatingRuleMatchDetails":[],'
            '"httpSourceName":"ALB","httpSourceId":"123456789012-app/alb/1e3b6eac51c9c245","ruleGroupList":[],"rateBasedRuleList":[],'
            '"nonTerminatingMatchingRules":[],"requestHeadersInserted":null,"responseCodeSent":null,"httpRequest":{"clientIp":"192.0.2.186",'
            '"country":"US","headers":[{"name":"Host","value":"shop.example.com"},{"name":"User-agent","value":"curl/7.64"},'
            '{"name":"Authorization","value":"REDACTED"}],"uri":"/shop","args":"a=1","httpVersion":"HTTP/1.1","httpMethod":"GET",'
            '"requestId":"1-646c66d8-23174f95617bd0c633b81f3a"}}',
        ),
        switch_on=(
            "In the web ACL: logging to an S3 bucket named `aws-waf-logs-…`, to CloudWatch Logs or to Firehose. "
            "Leave the headers that carry tokens, cookies and API keys out of the redacted fields, and log all "
            "requests (no filter that drops ALLOW)."
        ),
        cannot_tell=(
            "The answer: no status but that of a custom, CAPTCHA or challenge response (`responseCodeSent`), no "
            "bytes sent, no response time, no back end. Redacted headers count as if not sent; a line with a "
            "redacted URI is quarantined. A load balancer or CloudFront in front or behind may log the same "
            "request: read one of the two logs, not both."
        ),
        notes=(
            "Any header that an API definition names is found, its name in any case; of several with one name the "
            "first counts, but all of X-Forwarded-For and Cookie."
        ),
    ),
    name_hint=r"aws-?waf-?logs",
)  # fmt: skip
