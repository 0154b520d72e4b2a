"""An API: its endpoints, the orders in which people call them, and its definition for abslake."""

import json
from dataclasses import dataclass, field

DECOYS = ("/internal/backup", "/admin-console/login", "/v0/export-all")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One call. `path` is under the API's url, ``{}`` where an id goes; bytes and milliseconds are medians."""

    method: str
    path: str
    answer_bytes: float
    milliseconds: float
    body_bytes: float = 0
    status: int = 200
    role: str = ""
    """staff: only few people call it. down, up: transfers of documents. guarded: only after the calls before it."""


@dataclass(slots=True)
class Api:
    """One API. `client`: what its clients are known by (token, cookie, api_key, ip)."""

    name: str
    client: str
    username_header: str = ""
    key_in_query: bool = False
    has_login: bool = False
    own_things: bool = False
    """People look at their own things (accounts, orders), not at what everybody looks at (a catalogue)."""
    endpoints: list[Endpoint] = field(default_factory=list)
    following: list[tuple[list[int], list[float]]] = field(default_factory=list)
    """Of each endpoint those that are called next, with cumulated weights."""
    enforces: bool = False

    @property
    def url(self) -> str:
        """Where it lies."""
        return f"/{self.name}"

    @property
    def login_url(self) -> str:
        """Where one logs in; empty: nowhere."""
        return f"{self.url}/login" if self.has_login else ""

    def of(self, *, method: str = "", role: str | None = None, ids: bool | None = None) -> list[Endpoint]:
        """The endpoints that are so."""
        return [
            e
            for e in self.endpoints
            if (not method or e.method == method)
            and (role is None or e.role == role)
            and (ids is None or ("{}" in e.path) == ids)
        ]

    @property
    def document(self) -> str:
        """Its definition, JSON in the schema of ASE."""
        meta: dict[str, object] = {"protocol": "http", "url": self.url, "hostname": "*", "login_url": self.login_url}
        meta["cookie"] = "JSESSIONID" if self.client == "cookie" else ""
        meta["oauth2_access_token"] = self.client == "token"
        if self.client == "token":
            meta["username_header"] = self.username_header
            if not self.username_header:
                meta["jwt"] = {"location": "h:authorization:bearer", "username": "sub", "clientid": "client_id"}
        if self.client == "api_key":
            meta["apikey_qs" if self.key_in_query else "apikey_header"] = "apikey" if self.key_in_query else "X-API-Key"
        if self.enforces:
            meta["api_pattern_enforcement"] = {
                "protocol_allowed": "",
                "methods_allowed": ["GET", "POST", "PUT", "DELETE"],
                "content_type_allowed": "application/json",
            }
        meta["decoy_config"] = {"decoy_enabled": True, "response_code": 200, "decoy_subpaths": list(DECOYS)}
        return json.dumps({"api_metadata": meta}, indent=2)
