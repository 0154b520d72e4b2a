"""AWS API Gateway access log, REST and HTTP APIs: a line is the stage's own template with ``$context`` variables filled in.

Read without being told: JSON with the keys that the console, CDK, SAM, the Serverless Framework and the usual Terraform
modules suggest, and the console's CLF, CSV and XML. Any other template: `abslake.formats.api_gateway_template`.

REST APIs have escaped quotes in JSON since 2024 at the latest; before, and where nobody looked, a user agent can forge keys. So
a line with a key twice is refused, and request ids, which callers can choose, are no keys to anything here.
"""

import re
from collections.abc import Mapping

from abslake.formats import About
from abslake.formats.api_gateway_template import fields, reader
from abslake.formats.readers.base import Names, declared
from abslake.formats.readers.fields import Field
from abslake.formats.readers.json_keys import USUAL_KEYS, UniqueKeys, by_usual_keys
from abslake.records.record import BadLine

_ID = r"[0-9A-Fa-f-]{36}(_REPLACED_INVALID_REQUEST_ID)?|[0-9A-Za-z_+/-]+=+"

_SPELLINGS: Mapping[str, Names] = {
    "identity.sourceIp": ("ip", "sourceIp", "source_ip", "clientIp", "client_ip", "/identity/sourceIp", "/identity/ip"),
    "requestTimeEpoch": ("requestTimeEpoch", "request_time_epoch"),
    "requestTime": ("requestTime", "request_time", "timestamp", "time"),
    "httpMethod": ("httpMethod", "http_method", "method"),
    "path": ("path", "requestPath", "request_path", "uri"),
    "resourcePath": ("resourcePath", "resource_path"),
    "routeKey": ("routeKey", "route_key"),
    "protocol": ("protocol",),
    "domainName": ("domainName", "domain_name", "domain", "host"),
    "identity.userAgent": ("userAgent", "user_agent", "/identity/userAgent"),
    "status": ("status", "statusCode", "status_code"),
    "responseLength": ("responseLength", "response_length"),
    "responseLatency": ("responseLatency", "response_latency"),
    "identity.apiKeyId": ("apiKeyId", "api_key_id", "key_id", "/identity/apiKeyId"),
    "identity.apiKey": ("apiKey", "api_key", "/identity/apiKey"),
    "authorizer.principalId": ("principalId", "principal_id", "authorizerPrincipalId", "/authorizer/principalId"),
    "authorizer.claims.sub": ("sub", "userSub", "userId", "user_id", "/authorizer/claims/sub"),
    "authorizer.claims.username": ("username", "/authorizer/claims/username"),
    "identity.user": ("user", "/identity/user"),
    "identity.userArn": ("userArn", "user_arn", "/identity/userArn"),
    "identity.caller": ("caller", "/identity/caller"),
    "identity.cognitoIdentityId": ("cognitoIdentityId", "cognitoUser", "/identity/cognitoIdentityId"),
}
"""Variable -> where it stands in JSON whose template is not known."""


def _request_id(source: str | Names) -> Field:
    """Tells this log from others that look like it."""

    def check(value: str | None) -> tuple[()]:
        if not value or not re.fullmatch(_ID, value):
            raise BadLine("no request id of API Gateway")
        return ()

    return Field((), ((source,) if isinstance(source, str) else source,), check, (), f"regexp_full_match($0, '{_ID}')")


def _any_spelling() -> Mapping[str, Names]:
    return {
        name: (*keys, *((name, name.replace(".", "_")) if "." in name else ())) for name, keys in _SPELLINGS.items()
    }


def _terraform() -> Mapping[str, Names]:
    """terraform-aws-modules/apigateway-v2: one object named context, sourceIP in capitals."""
    found = {name: (f"/context/{name.replace('.', '/')}",) for name in _SPELLINGS}
    return found | {"identity.sourceIp": ("/context/identity/sourceIP",)}


_IDS = ("requestId", "extendedRequestId", "request_id", "extended_request_id")
_TERRAFORM_IDS = ("/context/requestId", "/context/extendedRequestId")
_CLF = '[$context.requestTime]{}"$context.request" $context.status $context.responseLength $context.requestId'
_WHO = "$context.identity.sourceIp $context.identity.caller $context.identity.user"
_CONSOLE_CSV = (
    f"{_WHO.replace(' ', ',')},$context.requestTime,$context.httpMethod,$context.resourcePath,$context.protocol,"
    "$context.status,$context.responseLength,$context.requestId"
)
_CONSOLE_XML = (
    '<request id="$context.requestId"> <ip>$context.identity.sourceIp</ip> <caller>$context.identity.caller</caller> '
    "<user>$context.identity.user</user> <requestTime>$context.requestTime</requestTime> "
    "<httpMethod>$context.httpMethod</httpMethod> <resourcePath>$context.resourcePath</resourcePath> "
    "<status>$context.status</status> <protocol>$context.protocol</protocol> "
    "<responseLength>$context.responseLength</responseLength> "
)
_HTTP_XML = (
    '<request id="$context.requestId"> <ip>$context.identity.sourceIp</ip> <requestTime>$context.requestTime</requestTime> '
    "<httpMethod>$context.httpMethod</httpMethod> <routeKey>$context.routeKey</routeKey> "
    "<status>$context.status</status> <protocol>$context.protocol</protocol> "
    "<responseLength>$context.responseLength</responseLength> "
)
_SERVERLESS = (
    "requestId: $context.requestId, ip: $context.identity.sourceIp, caller: $context.identity.caller, "
    "user: $context.identity.user, requestTime: $context.requestTime, httpMethod: $context.httpMethod, "
    "resourcePath: $context.resourcePath, status: $context.status, protocol: $context.protocol, "
    "responseLength: $context.responseLength"
)
_EXTENDED = "<extendedRequestId>$context.extendedRequestId</extendedRequestId> "

_TEMPLATES = (
    f"{_WHO} {_CLF.format('')} $context.extendedRequestId",
    f"{_WHO} {_CLF.format(' ')} $context.extendedRequestId",
    f"{_WHO} {_CLF.format(' ')}",
    f"{_CONSOLE_CSV},$context.extendedRequestId",
    _CONSOLE_CSV,
    f"{_CONSOLE_XML}{_EXTENDED}</request>",
    f"{_CONSOLE_XML}</request>",
    f"{_HTTP_XML}{_EXTENDED}</request>",
    _SERVERLESS,
)
"""Templates of the console, CDK and the Serverless Framework that are no JSON; ``$context.request`` is method, path, protocol."""

_FORMAT = declared(
    name="api-gateway",
    readers=(
        UniqueKeys((_request_id(_IDS), *fields(_any_spelling())), needs=(_IDS,)),
        UniqueKeys((_request_id(_TERRAFORM_IDS), *fields(_terraform())), needs=(_TERRAFORM_IDS,)),
        *(reader(template, (_request_id("requestId"),)) for template in _TEMPLATES),
    ),
    about=About(
        title="AWS API Gateway access log",
        sources=(
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-access-logging.html",
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-variables-for-access-logging.html",
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html",
        ),
        examples=(
            '{"requestId":"c6af9ac6-7b61-11e6-9a41-93e8deadbeef","extendedRequestId":"atXziGZMIAMEGog=","ip":"192.0.2.155",'
            '"requestTime":"10/Jul/2024:18:15:21 +0000","requestTimeEpoch":"1720635321799","httpMethod":"GET",'
            '"path":"/dev/index/projects","status":"200","protocol":"HTTP/1.1","responseLength":"223042","responseLatency":"124",'
            '"userAgent":"curl/7.64","apiKeyId":"a1b2c3","principalId":"joe","domainName":"api.example.com"}',
            '192.0.2.155 - joe [10/Jul/2024:18:15:21 +0000]"GET /pets/{petId} HTTP/1.1" 200 1024 '
            "c6af9ac6-7b61-11e6-9a41-93e8deadbeef atXziGZMIAMEGog=",
        ),
        switch_on=(
            "In the stage: access logging to a Firehose stream (its name begins with `amazon-apigateway-`) that "
            "writes to S3, or to CloudWatch Logs with a subscription to such a stream. The template that tells "
            "most (for HTTP APIs without the API key):\n"
            "\n"
            "```json\n"
            '{"requestId":"$context.requestId","extendedRequestId":"$context.extendedRequestId","ip":"$context.identity.sourceIp",'
            '"requestTimeEpoch":"$context.requestTimeEpoch","httpMethod":"$context.httpMethod","path":"$context.path",'
            '"domainName":"$context.domainName","protocol":"$context.protocol","status":"$context.status",'
            '"responseLength":"$context.responseLength","responseLatency":"$context.responseLatency","userAgent":"$context.identity.userAgent",'
            '"apiKeyId":"$context.identity.apiKeyId","principalId":"$context.authorizer.principalId","sub":"$context.authorizer.claims.sub"}\n'
            "```\n"
            "\n"
            "Any other template is read by a grammar with `base = \"api-gateway\"` and `template` as it stands in "
            "the stage."
        ),
        cannot_tell=(
            "No request header but the user agent, so no token and no cookie; no query string; no request size; no "
            "back end. `$context.path` begins with the stage on the gateway's own domain names; "
            "`$context.resourcePath` and `$context.routeKey` are the template of the path, ids not filled in; a "
            "log with `$default` routes and no path tells no URL, and its lines are quarantined. WebSocket "
            "messages have no method and are quarantined. A key `latency` has no unit that is sure and counts for nothing."
        ),
        notes=(
            "The API key is its id, else the key; the user name is the authorizer's principal, else the claims' "
            "`sub` or user name, else the IAM user or Cognito identity. Whether the gateway escapes quotes in a "
            "user agent is not documented (REST APIs do since 2024 at the latest): a JSON line with a key twice is "
            "refused, and with a grammar of the stage's own template, keys that the template does not have count for "
            "nothing. " + USUAL_KEYS + " `requestId` can be set by the caller and is used for nothing but to tell this log."
        ),
    ),
    name_hint=r"amazon-apigateway-|api-?gateway",
    from_template=reader,
)  # fmt: skip

FORMAT = by_usual_keys(_FORMAT)
