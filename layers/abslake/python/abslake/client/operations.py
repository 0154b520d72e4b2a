"""The operations of openapi.yaml as methods. Made by ``python -m abslake.dev.client_source``; do not edit."""
# ruff: noqa: A002, PLR0913 - parameters as the operation has them
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from abslake.reports.admin_models import AdminChange, AdminReport
    from abslake.reports.analytics_models import LatencyReport, TopReport
    from abslake.reports.attack_list_models import AttackListReport, BulkRemoval, Cleared, ClientRemoval, Removed
    from abslake.reports.attack_models import AnomaliesAcrossApis, ApiAnomalies, AttackDetails, AttackOfType, Attacks
    from abslake.reports.client_models import ApiKeysReport, TokensReport, UsernamesReport
    from abslake.reports.discovery_models import DiscoveryDetails, DiscoverySummary, OpenApiDocument
    from abslake.reports.forensic_models import (
        ApiKeyReport,
        CookieApiReport,
        CookieReport,
        IpReport,
        TokenReport,
        UsernameReport,
    )
    from abslake.reports.global_config import GlobalChange, GlobalConfig
    from abslake.reports.health_models import HealthReport
    from abslake.reports.investigation_models import SearchReport, TimelineReport
    from abslake.reports.models import MetricsReport
    from abslake.reports.traffic_models import (
        BackendErrorReport,
        BlockedConnectionDetails,
        BlockedConnections,
        DecoyReport,
        FlowControlReport,
        HostileUrlReport,
        ValidUrlReport,
    )
    from abslake.reports.tuning_models import (
        AcrossThresholds,
        ApiThresholds,
        AttackStatus,
        BenignAdded,
        BenignEnd,
        BenignList,
        BenignRequest,
        Done,
        ResetDone,
        ResetRequest,
        StatusChange,
        ThresholdChange,
    )


class Operation(NamedTuple):
    """Where it is asked, and the models of its answers as ``module:name``."""

    method: str
    path: str
    answers: tuple[str, ...]


OPERATIONS: Mapping[str, Operation] = {
    "metrics": Operation(
        "GET",
        "/v4/abs/metrics",
        ("abslake.reports.models:MetricsReport",),
    ),
    "forensics": Operation(
        "GET",
        "/v4/abs",
        (
            "abslake.reports.forensic_models:TokenReport",
            "abslake.reports.forensic_models:IpReport",
            "abslake.reports.forensic_models:CookieApiReport",
            "abslake.reports.forensic_models:CookieReport",
            "abslake.reports.forensic_models:ApiKeyReport",
            "abslake.reports.forensic_models:UsernameReport",
        ),
    ),
    "api_keys": Operation(
        "GET",
        "/v4/abs/apikeys",
        ("abslake.reports.client_models:ApiKeysReport",),
    ),
    "oauth_tokens": Operation(
        "GET",
        "/v4/abs/oauthtokens",
        ("abslake.reports.client_models:TokensReport",),
    ),
    "usernames": Operation(
        "GET",
        "/v4/abs/username",
        ("abslake.reports.client_models:UsernamesReport",),
    ),
    "backend_errors": Operation(
        "GET",
        "/v4/abs/be",
        ("abslake.reports.traffic_models:BackendErrorReport",),
    ),
    "hostile_urls": Operation(
        "GET",
        "/v4/abs/hackersurl",
        ("abslake.reports.traffic_models:HostileUrlReport",),
    ),
    "valid_urls": Operation(
        "GET",
        "/v4/abs/validurl",
        ("abslake.reports.traffic_models:ValidUrlReport",),
    ),
    "decoys": Operation(
        "GET",
        "/v4/abs/decoy",
        ("abslake.reports.traffic_models:DecoyReport",),
    ),
    "flow_control": Operation(
        "GET",
        "/v4/abs/flowcontrol",
        ("abslake.reports.traffic_models:FlowControlReport",),
    ),
    "blocked_connections": Operation(
        "GET",
        "/v4/abs/bc",
        (
            "abslake.reports.traffic_models:BlockedConnections",
            "abslake.reports.traffic_models:BlockedConnectionDetails",
        ),
    ),
    "discovery": Operation(
        "GET",
        "/v4/abs/discovery",
        (
            "abslake.reports.discovery_models:DiscoverySummary",
            "abslake.reports.discovery_models:DiscoveryDetails",
        ),
    ),
    "discovery_openapi": Operation(
        "GET",
        "/v5/abs/discovery/openapi",
        ("abslake.reports.discovery_models:OpenApiDocument",),
    ),
    "attack": Operation(
        "GET",
        "/v4/abs/attack",
        (
            "abslake.reports.attack_models:AttackOfType",
            "abslake.reports.attack_models:AttackDetails",
            "abslake.reports.attack_models:Attacks",
        ),
    ),
    "anomalies": Operation(
        "GET",
        "/v4/abs/anomalies",
        (
            "abslake.reports.attack_models:ApiAnomalies",
            "abslake.reports.attack_models:AnomaliesAcrossApis",
        ),
    ),
    "thresholds": Operation(
        "GET",
        "/v4/abs/attack/threshold",
        (
            "abslake.reports.tuning_models:ApiThresholds",
            "abslake.reports.tuning_models:AcrossThresholds",
        ),
    ),
    "set_thresholds": Operation(
        "PUT",
        "/v4/abs/attack/threshold",
        ("abslake.reports.tuning_models:Done",),
    ),
    "attack_status": Operation(
        "GET",
        "/v4/abs/attackstatus",
        ("abslake.reports.tuning_models:AttackStatus",),
    ),
    "switch_types": Operation(
        "PUT",
        "/v4/abs/attackstatus",
        ("abslake.reports.tuning_models:Done",),
    ),
    "reset_training": Operation(
        "DELETE",
        "/v4/abs/reset",
        ("abslake.reports.tuning_models:ResetDone",),
    ),
    "benign": Operation(
        "GET",
        "/v5/abs/benign",
        ("abslake.reports.tuning_models:BenignList",),
    ),
    "add_benign": Operation(
        "PUT",
        "/v5/abs/benign",
        ("abslake.reports.tuning_models:BenignAdded",),
    ),
    "end_benign": Operation(
        "DELETE",
        "/v5/abs/benign",
        ("abslake.reports.tuning_models:Done",),
    ),
    "attack_list": Operation(
        "GET",
        "/v4/abs/attacklist",
        ("abslake.reports.attack_list_models:AttackListReport",),
    ),
    "remove_attackers": Operation(
        "PUT",
        "/v4/abs/attacklist",
        ("abslake.reports.attack_list_models:Removed",),
    ),
    "clear_attackers": Operation(
        "DELETE",
        "/v4/abs/attacklist",
        ("abslake.reports.attack_list_models:Cleared",),
    ),
    "admin": Operation(
        "GET",
        "/v5/abs/admin",
        ("abslake.reports.admin_models:AdminReport",),
    ),
    "set_times": Operation(
        "PUT",
        "/v5/abs/admin",
        ("abslake.reports.tuning_models:Done",),
    ),
    "global_config": Operation(
        "GET",
        "/v5/abs/globalconfig",
        ("abslake.reports.global_config:GlobalConfig",),
    ),
    "set_global_config": Operation(
        "PUT",
        "/v5/abs/globalconfig",
        ("abslake.reports.tuning_models:Done",),
    ),
    "latency": Operation(
        "GET",
        "/v5/abs/latency",
        ("abslake.reports.analytics_models:LatencyReport",),
    ),
    "top_clients": Operation(
        "GET",
        "/v5/abs/top",
        ("abslake.reports.analytics_models:TopReport",),
    ),
    "timeline": Operation(
        "GET",
        "/v5/abs/timeline",
        ("abslake.reports.investigation_models:TimelineReport",),
    ),
    "search": Operation(
        "GET",
        "/v5/abs/search",
        ("abslake.reports.investigation_models:SearchReport",),
    ),
    "health": Operation(
        "GET",
        "/v5/abs/health",
        ("abslake.reports.health_models:HealthReport",),
    ),
}
"""Name of the method -> operation."""


class Operations:
    """A method for each operation. Dates are ``yyyy-mm-ddThh:mm`` or a datetime without zone."""

    def _ask(self, name: str, query: Mapping[str, Any], body: Any = None) -> Any:
        raise NotImplementedError

    def _pages(self, name: str, query: Mapping[str, Any]) -> Iterator[Any]:
        raise NotImplementedError

    def metrics(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        api: str,
        limit: int | None = None,
        cursor: str | None = None,
        engine: Literal["athena"] | None = None,
    ) -> MetricsReport:
        """Traffic of one API.

        ``GET /v4/abs/metrics``. The restricted user sees masks instead of session ids.
        """
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "api": api,
            "limit": limit,
            "cursor": cursor,
            "engine": engine,
        }
        return self._ask("metrics", query)

    def metrics_pages(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        api: str,
        limit: int | None = None,
        cursor: str | None = None,
        engine: Literal["athena"] | None = None,
    ) -> Iterator[MetricsReport]:
        """The same page after page, from `cursor` on: see `metrics`."""
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "api": api,
            "limit": limit,
            "cursor": cursor,
            "engine": engine,
        }
        return self._pages("metrics", query)

    def forensics(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        token: str | None = None,
        ip: str | None = None,
        cookie: str | None = None,
        api_key: str | None = None,
        username: str | None = None,
        api: str | None = None,
        engine: Literal["athena"] | None = None,
    ) -> TokenReport | IpReport | CookieApiReport | CookieReport | ApiKeyReport | UsernameReport:
        """All that one client did.

        ``GET /v4/abs``. By exactly one of token, IP, cookie, api_key and username. The cookie report has two shapes.
        """
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "token": token,
            "IP": ip,
            "cookie": cookie,
            "api_key": api_key,
            "username": username,
            "api": api,
            "engine": engine,
        }
        return self._ask("forensics", query)

    def api_keys(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ApiKeysReport:
        """Traffic of all API keys, page by page.

        ``GET /v4/abs/apikeys``. The restricted user sees masks instead of identifiers, and no URLs.
        """
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "limit": limit,
            "cursor": cursor,
        }
        return self._ask("api_keys", query)

    def api_keys_pages(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Iterator[ApiKeysReport]:
        """The same page after page, from `cursor` on: see `api_keys`."""
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "limit": limit,
            "cursor": cursor,
        }
        return self._pages("api_keys", query)

    def oauth_tokens(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> TokensReport:
        """Traffic of all OAuth2 tokens, page by page.

        ``GET /v4/abs/oauthtokens``. The restricted user sees masks instead of identifiers, and no URLs.
        """
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "limit": limit,
            "cursor": cursor,
        }
        return self._ask("oauth_tokens", query)

    def oauth_tokens_pages(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Iterator[TokensReport]:
        """The same page after page, from `cursor` on: see `oauth_tokens`."""
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "limit": limit,
            "cursor": cursor,
        }
        return self._pages("oauth_tokens", query)

    def usernames(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> UsernamesReport:
        """Traffic of all user names, page by page.

        ``GET /v4/abs/username``. The restricted user sees masks instead of identifiers, and no URLs.
        """
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "limit": limit,
            "cursor": cursor,
        }
        return self._ask("usernames", query)

    def usernames_pages(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Iterator[UsernamesReport]:
        """The same page after page, from `cursor` on: see `usernames`."""
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "limit": limit,
            "cursor": cursor,
        }
        return self._pages("usernames", query)

    def backend_errors(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        api: str,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> BackendErrorReport:
        """Error answers of one API.

        ``GET /v4/abs/be``. The restricted user sees masks instead of session ids.
        """
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "api": api,
            "limit": limit,
            "cursor": cursor,
        }
        return self._ask("backend_errors", query)

    def backend_errors_pages(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        api: str,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Iterator[BackendErrorReport]:
        """The same page after page, from `cursor` on: see `backend_errors`."""
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "api": api,
            "limit": limit,
            "cursor": cursor,
        }
        return self._pages("backend_errors", query)

    def hostile_urls(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        api: str,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> HostileUrlReport:
        """URLs of one API that look like attacks.

        ``GET /v4/abs/hackersurl``. The restricted user sees masks instead of URLs.
        """
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "api": api,
            "limit": limit,
            "cursor": cursor,
        }
        return self._ask("hostile_urls", query)

    def hostile_urls_pages(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        api: str,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Iterator[HostileUrlReport]:
        """The same page after page, from `cursor` on: see `hostile_urls`."""
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "api": api,
            "limit": limit,
            "cursor": cursor,
        }
        return self._pages("hostile_urls", query)

    def valid_urls(
        self,
        *,
        api: str,
    ) -> ValidUrlReport:
        """URLs of one API that were answered with success.

        ``GET /v4/abs/validurl``. Of the newest days of the lake; notes say which.
        """
        query = {
            "api": api,
        }
        return self._ask("valid_urls", query)

    def decoys(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        api: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> DecoyReport:
        """Who asked for decoys.

        ``GET /v4/abs/decoy``. Of all APIs with decoys, or of one. The restricted user sees paths without
        identifiers.
        """
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "api": api,
            "limit": limit,
            "cursor": cursor,
        }
        return self._ask("decoys", query)

    def decoys_pages(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        api: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Iterator[DecoyReport]:
        """The same page after page, from `cursor` on: see `decoys`."""
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "api": api,
            "limit": limit,
            "cursor": cursor,
        }
        return self._pages("decoys", query)

    def flow_control(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        api: str,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> FlowControlReport:
        """Requests to one API that flow control turned away.

        ``GET /v4/abs/flowcontrol``. As far as logs tell: answers 429 without a back end. The restricted user sees
        paths without identifiers.
        """
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "api": api,
            "limit": limit,
            "cursor": cursor,
        }
        return self._ask("flow_control", query)

    def flow_control_pages(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        api: str,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Iterator[FlowControlReport]:
        """The same page after page, from `cursor` on: see `flow_control`."""
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "api": api,
            "limit": limit,
            "cursor": cursor,
        }
        return self._pages("flow_control", query)

    def blocked_connections(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        details: bool | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> BlockedConnections | BlockedConnectionDetails:
        """Requests that the gateway did not pass on.

        ``GET /v4/abs/bc``. As far as logs tell. The restricted user sees paths without identifiers.
        """
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "details": details,
            "limit": limit,
            "cursor": cursor,
        }
        return self._ask("blocked_connections", query)

    def blocked_connections_pages(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        details: bool | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Iterator[BlockedConnections | BlockedConnectionDetails]:
        """The same page after page, from `cursor` on: see `blocked_connections`."""
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "details": details,
            "limit": limit,
            "cursor": cursor,
        }
        return self._pages("blocked_connections", query)

    def discovery(
        self,
        *,
        api_name: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> DiscoverySummary | DiscoveryDetails:
        """APIs found in the traffic of the root API.

        ``GET /v4/abs/discovery``. All of them, or one in detail. No path holds an identifier of its request, for
        whoever asks.
        """
        query = {
            "api_name": api_name,
            "limit": limit,
            "cursor": cursor,
        }
        return self._ask("discovery", query)

    def discovery_pages(
        self,
        *,
        api_name: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Iterator[DiscoverySummary | DiscoveryDetails]:
        """The same page after page, from `cursor` on: see `discovery`."""
        query = {
            "api_name": api_name,
            "limit": limit,
            "cursor": cursor,
        }
        return self._pages("discovery", query)

    def discovery_openapi(
        self,
        *,
        api_name: str,
    ) -> OpenApiDocument:
        """A discovered API as an OpenAPI document.

        ``GET /v5/abs/discovery/openapi``. What was seen: paths with types of their parameters, methods, statuses,
        media types, identifiers.
        """
        query = {
            "api_name": api_name,
        }
        return self._ask("discovery_openapi", query)

    def attack(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        type: str,
        api: str | None = None,
        details: bool | None = None,
    ) -> AttackOfType | AttackDetails | Attacks:
        """Attacks of one type or all.

        ``GET /v4/abs/attack``. With api those on it, without those across APIs. The restricted user sees masks of
        identifiers.
        """
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "type": type,
            "api": api,
            "details": details,
        }
        return self._ask("attack", query)

    def anomalies(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        api: str | None = None,
    ) -> ApiAnomalies | AnomaliesAcrossApis:
        """Anomalies of one API or across APIs.

        ``GET /v4/abs/anomalies``. The restricted user sees masks of identifiers and no URLs.
        """
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "api": api,
        }
        return self._ask("anomalies", query)

    def thresholds(
        self,
        *,
        api: str | None = None,
        id: str | None = None,
    ) -> ApiThresholds | AcrossThresholds:
        """Thresholds of an API or of a type across APIs.

        ``GET /v4/abs/attack/threshold``.
        """
        query = {
            "api": api,
            "id": id,
        }
        return self._ask("thresholds", query)

    def set_thresholds(self, body: ThresholdChange | Mapping[str, Any]) -> Done:
        """Set thresholds, or go back to learned ones.

        ``PUT /v4/abs/attack/threshold``.
        """
        return self._ask("set_thresholds", {}, body)

    def attack_status(self) -> AttackStatus:
        """Which attack types are on.

        ``GET /v4/abs/attackstatus``.
        """
        return self._ask("attack_status", {})

    def switch_types(self, body: StatusChange | Mapping[str, Any]) -> Done:
        """Switch attack types on and off.

        ``PUT /v4/abs/attackstatus``.
        """
        return self._ask("switch_types", {}, body)

    def reset_training(self, body: ResetRequest | Mapping[str, Any]) -> ResetDone:
        """Forget what was learned of APIs.

        ``DELETE /v4/abs/reset``.
        """
        return self._ask("reset_training", {}, body)

    def benign(self) -> BenignList:
        """Clients and networks that are not reported.

        ``GET /v5/abs/benign``.
        """
        return self._ask("benign", {})

    def add_benign(self, body: BenignRequest | Mapping[str, Any]) -> BenignAdded:
        """Enter a client or network as benign.

        ``PUT /v5/abs/benign``.
        """
        return self._ask("add_benign", {}, body)

    def end_benign(self, body: BenignEnd | Mapping[str, Any]) -> Done:
        """End an entry; it is kept.

        ``DELETE /v5/abs/benign``.
        """
        return self._ask("end_benign", {}, body)

    def attack_list(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        status: Literal["active", "expired"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AttackListReport:
        """Clients that were found attacking, and whether they are still held.

        ``GET /v4/abs/attacklist``. A slash behind the path is accepted. The restricted user sees masks of
        identifiers.
        """
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "status": status,
            "limit": limit,
            "cursor": cursor,
        }
        return self._ask("attack_list", query)

    def attack_list_pages(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        status: Literal["active", "expired"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Iterator[AttackListReport]:
        """The same page after page, from `cursor` on: see `attack_list`."""
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "status": status,
            "limit": limit,
            "cursor": cursor,
        }
        return self._pages("attack_list", query)

    def remove_attackers(self, body: ClientRemoval | Mapping[str, Any]) -> Removed:
        """Take named clients off the attack list.

        ``PUT /v4/abs/attacklist``.
        """
        return self._ask("remove_attackers", {}, body)

    def clear_attackers(self, body: BulkRemoval | Mapping[str, Any]) -> Cleared:
        """Take all clients of some kinds off the attack list.

        ``DELETE /v4/abs/attacklist``.
        """
        return self._ask("clear_attackers", {}, body)

    def admin(self) -> AdminReport:
        """APIs and their training, how far the work is, times to live of the attack list.

        ``GET /v5/abs/admin``.
        """
        return self._ask("admin", {})

    def set_times(self, body: AdminChange | Mapping[str, Any]) -> Done:
        """Set for how long clients stay on the attack list.

        ``PUT /v5/abs/admin``.
        """
        return self._ask("set_times", {}, body)

    def global_config(self) -> GlobalConfig:
        """Settings that can be changed while all is running.

        ``GET /v5/abs/globalconfig``.
        """
        return self._ask("global_config", {})

    def set_global_config(self, body: GlobalChange | Mapping[str, Any]) -> Done:
        """Change settings.

        ``PUT /v5/abs/globalconfig``.
        """
        return self._ask("set_global_config", {}, body)

    def latency(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        api: str | None = None,
        by: Literal["api", "endpoint", "client"] | None = None,
        kind: Literal["token", "ip", "cookie", "api_key", "username"] | None = None,
        method: str | None = None,
        path: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> LatencyReport:
        """Response times and error rates by API, endpoint or client.

        ``GET /v5/abs/latency``. The restricted user sees masks instead of identifiers, and paths without them.
        """
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "api": api,
            "by": by,
            "kind": kind,
            "method": method,
            "path": path,
            "limit": limit,
            "cursor": cursor,
        }
        return self._ask("latency", query)

    def latency_pages(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        api: str | None = None,
        by: Literal["api", "endpoint", "client"] | None = None,
        kind: Literal["token", "ip", "cookie", "api_key", "username"] | None = None,
        method: str | None = None,
        path: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Iterator[LatencyReport]:
        """The same page after page, from `cursor` on: see `latency`."""
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "api": api,
            "by": by,
            "kind": kind,
            "method": method,
            "path": path,
            "limit": limit,
            "cursor": cursor,
        }
        return self._pages("latency", query)

    def top_clients(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        kind: Literal["token", "ip", "cookie", "api_key", "username"],
        api: str | None = None,
        sort: Literal["requests", "errors", "bytes", "apis"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> TopReport:
        """Clients of a kind that did most of something.

        ``GET /v5/abs/top``. The restricted user sees masks instead of identifiers, but of addresses.
        """
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "kind": kind,
            "api": api,
            "sort": sort,
            "limit": limit,
            "cursor": cursor,
        }
        return self._ask("top_clients", query)

    def top_clients_pages(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        kind: Literal["token", "ip", "cookie", "api_key", "username"],
        api: str | None = None,
        sort: Literal["requests", "errors", "bytes", "apis"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Iterator[TopReport]:
        """The same page after page, from `cursor` on: see `top_clients`."""
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "kind": kind,
            "api": api,
            "sort": sort,
            "limit": limit,
            "cursor": cursor,
        }
        return self._pages("top_clients", query)

    def timeline(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        token: str | None = None,
        ip: str | None = None,
        cookie: str | None = None,
        api_key: str | None = None,
        username: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> TimelineReport:
        """What one client did, hour by hour.

        ``GET /v5/abs/timeline``. By exactly one of token, IP, cookie, api_key and username. A page may have fewer
        hours than limit.
        """
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "token": token,
            "IP": ip,
            "cookie": cookie,
            "api_key": api_key,
            "username": username,
            "limit": limit,
            "cursor": cursor,
        }
        return self._ask("timeline", query)

    def timeline_pages(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        token: str | None = None,
        ip: str | None = None,
        cookie: str | None = None,
        api_key: str | None = None,
        username: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Iterator[TimelineReport]:
        """The same page after page, from `cursor` on: see `timeline`."""
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "token": token,
            "IP": ip,
            "cookie": cookie,
            "api_key": api_key,
            "username": username,
            "limit": limit,
            "cursor": cursor,
        }
        return self._pages("timeline", query)

    def search(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        prefix: str,
        kind: Literal["token", "ip", "cookie", "api_key", "username"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> SearchReport:
        """Identifiers by their beginning.

        ``GET /v5/abs/search``. Days (UTC) that the range touches count whole.
        """
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "prefix": prefix,
            "kind": kind,
            "limit": limit,
            "cursor": cursor,
        }
        return self._ask("search", query)

    def search_pages(
        self,
        *,
        earlier_date: str | datetime,
        later_date: str | datetime,
        prefix: str,
        kind: Literal["token", "ip", "cookie", "api_key", "username"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Iterator[SearchReport]:
        """The same page after page, from `cursor` on: see `search`."""
        query = {
            "earlier_date": earlier_date,
            "later_date": later_date,
            "prefix": prefix,
            "kind": kind,
            "limit": limit,
            "cursor": cursor,
        }
        return self._pages("search", query)

    def health(
        self,
        *,
        max_age_minutes: int | None = None,
    ) -> HealthReport:
        """Whether the lake can be read, and whether ingest, index and detection keep up.

        ``GET /v5/abs/health``.
        """
        query = {
            "max_age_minutes": max_age_minutes,
        }
        return self._ask("health", query)
