"""The part of the OpenAPI document about what was detected and how detection is tuned; see `abslake.reports.openapi`."""

from typing import Any

from pydantic import BaseModel

from abslake.reports import admin, admin_models, attack_list_models, attack_models, global_config, tuning_models
from abslake.reports.openapi_parts import ADMIN, RESTRICTED, choice, minutes, page, parameter, reference, responses
from abslake.reports.tuning_calls import ATTACK_LIST, BENIGN, RESET, STATUS, THRESHOLD

_DATE = "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2})?$"
_TYPE = "^[0-9]{1,4}$"

ATTACKS = (attack_models.AttackOfType, attack_models.AttackDetails, attack_models.Attacks)
ANOMALIES = (attack_models.ApiAnomalies, attack_models.AnomaliesAcrossApis)
THRESHOLDS = (tuning_models.ApiThresholds, tuning_models.AcrossThresholds)
ANSWERS: tuple[type[BaseModel], ...] = (
    *ATTACKS,
    *ANOMALIES,
    *THRESHOLDS,
    tuning_models.AttackStatus,
    tuning_models.ResetDone,
    tuning_models.BenignList,
    tuning_models.BenignAdded,
    tuning_models.Done,
    attack_list_models.AttackListReport,
    attack_list_models.Removed,
    attack_list_models.Cleared,
    admin_models.AdminReport,
    global_config.GlobalConfig,
)
"""The models of all answers."""

BODIES: tuple[type[BaseModel], ...] = (
    tuning_models.ThresholdChange,
    tuning_models.StatusChange,
    tuning_models.ResetRequest,
    tuning_models.BenignRequest,
    tuning_models.BenignEnd,
    attack_list_models.ClientRemoval,
    attack_list_models.BulkRemoval,
    admin_models.AdminChange,
    global_config.GlobalChange,
)
"""The models of all bodies of requests."""


def paths() -> dict[str, Any]:
    """The paths."""
    document = _Paths()
    return {
        "/v4/abs/attack": {"get": document.attack()},
        "/v4/abs/anomalies": {"get": document.anomalies()},
        THRESHOLD: {"get": document.thresholds(), "put": document.set_thresholds()},
        STATUS: {"get": document.status(), "put": document.switch()},
        RESET: {"delete": document.reset()},
        BENIGN: {"get": document.benign(), "put": document.add_benign(), "delete": document.end_benign()},
        ATTACK_LIST: {
            "get": document.attack_list(),
            "put": document.remove_attackers(),
            "delete": document.clear_attackers(),
        },
        **{path: {"get": document.admin(path), "put": document.set_times(path)} for path in admin.PATHS},
        **{path: {"get": document.settings(path), "put": document.set_settings(path)} for path in global_config.PATHS},
    }


class _Paths:
    """Each method is one operation."""

    def attack(self) -> dict[str, Any]:
        text = "the detailed form also for one type of one API, and what each finding rests on"
        details = choice("details", text, "true", "false", default="false")
        return {
            "operationId": "attack",
            "summary": "Attacks of one type or all",
            "description": "With api those on it, without those across APIs. The restricted user sees masks of identifiers.",
            "security": [ADMIN, RESTRICTED],
            "parameters": [
                *_range(),
                parameter("api", "name of the API definition; without it: across APIs"),
                parameter("type", "id of an attack type, 0 for all", required=True, pattern=_TYPE, example="1"),
                details,
            ],
            "responses": responses(*ATTACKS),
        }

    def anomalies(self) -> dict[str, Any]:
        return {
            "operationId": "anomalies",
            "summary": "Anomalies of one API or across APIs",
            "description": "The restricted user sees masks of identifiers and no URLs.",
            "security": [ADMIN, RESTRICTED],
            "parameters": [*_range(), parameter("api", "name of the API definition; without it: across APIs")],
            "responses": responses(*ANOMALIES),
        }

    def thresholds(self) -> dict[str, Any]:
        return {
            "operationId": "thresholds",
            "summary": "Thresholds of an API or of a type across APIs",
            "security": [ADMIN],
            "parameters": [
                parameter("api", "name of the API definition; exactly one of api and id"),
                parameter("id", "id of an attack type across APIs", pattern=_TYPE, example="16"),
            ],
            "responses": responses(*THRESHOLDS),
        }

    def set_thresholds(self) -> dict[str, Any]:
        return self._change(
            "setThresholds", "Set thresholds, or go back to learned ones", BODIES[0], tuning_models.Done
        )

    def status(self) -> dict[str, Any]:
        return {
            "operationId": "attackStatus",
            "summary": "Which attack types are on",
            "security": [ADMIN, RESTRICTED],
            "responses": responses(tuning_models.AttackStatus),
        }

    def switch(self) -> dict[str, Any]:
        return self._change("switchTypes", "Switch attack types on and off", BODIES[1], tuning_models.Done)

    def reset(self) -> dict[str, Any]:
        return self._change("resetTraining", "Forget what was learned of APIs", BODIES[2], tuning_models.ResetDone)

    def benign(self) -> dict[str, Any]:
        return {
            "operationId": "benign",
            "summary": "Clients and networks that are not reported",
            "security": [ADMIN],
            "responses": responses(tuning_models.BenignList),
        }

    def add_benign(self) -> dict[str, Any]:
        return self._change("addBenign", "Enter a client or network as benign", BODIES[3], tuning_models.BenignAdded)

    def end_benign(self) -> dict[str, Any]:
        return self._change("endBenign", "End an entry; it is kept", BODIES[4], tuning_models.Done)

    def attack_list(self) -> dict[str, Any]:
        status = choice("status", "only this part of the list", "active", "expired")
        return {
            "operationId": "attackList",
            "summary": "Clients that were found attacking, and whether they are still held",
            "description": "A slash behind the path is accepted. The restricted user sees masks of identifiers.",
            "security": [ADMIN, RESTRICTED],
            "parameters": [*minutes(), status, *page("clients", "status and range", default=None)],
            "responses": responses(attack_list_models.AttackListReport, paged=True),
        }

    def remove_attackers(self) -> dict[str, Any]:
        return self._change(
            "removeAttackers",
            "Take named clients off the attack list",
            attack_list_models.ClientRemoval,
            attack_list_models.Removed,
        )

    def clear_attackers(self) -> dict[str, Any]:
        return self._change(
            "clearAttackers",
            "Take all clients of some kinds off the attack list",
            attack_list_models.BulkRemoval,
            attack_list_models.Cleared,
        )

    def admin(self, path: str) -> dict[str, Any]:
        return {
            "operationId": f"admin{_version(path)}",
            "summary": "APIs and their training, how far the work is, times to live of the attack list",
            "security": [ADMIN, RESTRICTED],
            "responses": responses(admin_models.AdminReport),
        }

    def set_times(self, path: str) -> dict[str, Any]:
        summary = "Set for how long clients stay on the attack list"
        return self._change(f"setTimes{_version(path)}", summary, admin_models.AdminChange, tuning_models.Done)

    def settings(self, path: str) -> dict[str, Any]:
        return {
            "operationId": f"globalConfig{_version(path)}",
            "summary": "Settings that can be changed while all is running",
            "security": [ADMIN, RESTRICTED],
            "responses": responses(global_config.GlobalConfig),
        }

    def set_settings(self, path: str) -> dict[str, Any]:
        name = f"setGlobalConfig{_version(path)}"
        return self._change(name, "Change settings", global_config.GlobalChange, tuning_models.Done)

    def _change(self, name: str, summary: str, body: type[BaseModel], answer: type[BaseModel]) -> dict[str, Any]:
        return {
            "operationId": name,
            "summary": summary,
            "security": [ADMIN],
            "requestBody": {"required": True, "content": {"application/json": {"schema": reference(body.__name__)}}},
            "responses": responses(answer, of_bodies=True),
        }


def _version(path: str) -> str:
    """Behind the name of an operation that stands under two paths."""
    return "OfVersion4" if path.startswith("/v4/") else ""


def _range() -> list[dict[str, Any]]:
    return [
        parameter("earlier_date", "first minute or day", required=True, pattern=_DATE, example="2019-12-31T18:00"),
        parameter(
            "later_date", "the minute behind the last, or last day", required=True, pattern=_DATE, example="2020-01-01"
        ),
    ]
