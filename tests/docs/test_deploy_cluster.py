"""What deploy/ holds for several workers: valid by others' schemas, hardened, in step with the program."""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import typer
import yaml

from bot.cli.main import app
from bot.cli.running import HANDOVER_S
from bot.cluster.watchdog import LIMIT_S
from bot.config import Config, load_config, worker_address, worker_name
from bot.config.environment import cluster_problems, hosting_problems, secrets_of
from bot.slack.install.flow import INSTALL_PATH, REDIRECT_PATH

ROOT = Path(__file__).resolve().parents[2]
MANIFESTS = sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))
RESOURCES: list[dict[str, Any]] = [
    one for path in MANIFESTS for one in yaml.safe_load_all(path.read_text(encoding="utf-8"))
]
COMPOSE_FILES = (ROOT / "compose.yaml", ROOT / "deploy" / "compose" / "compose.yaml")
COMPOSE = yaml.safe_load(COMPOSE_FILES[1].read_text(encoding="utf-8"))
CADDYFILE = (ROOT / "deploy" / "compose" / "Caddyfile").read_text(encoding="utf-8")
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
SERVER = (ROOT / "bot/slack/transport/http_server.py").read_text(encoding="utf-8")
FOR_SLACK = {"/slack/events", INSTALL_PATH, REDIRECT_PATH}
VERSIONS = ("1.35", "1.37")
"""The oldest and the newest Kubernetes that are maintained."""

NAMED = "belonging-0"
"""As Kubernetes names the first pod of the set."""


def resource(kind: str, name: str = "belonging") -> dict[str, Any]:
    (found,) = [one for one in RESOURCES if (one["kind"], one["metadata"]["name"]) == (kind, name)]
    return found


WORKERS = resource("StatefulSet")["spec"]
POD = WORKERS["template"]["spec"]
(CONTAINER,) = POD["containers"]
COMPOSE_WORKERS = {name: one for name, one in COMPOSE["services"].items() if name.startswith("worker-")}


def kind_and_name(one: dict[str, Any]) -> str:
    return f"{one['kind']} {one['metadata']['name']}"


def values_of(thing: Any, key: str) -> Iterator[Any]:
    """Yield what stands under this key, however deep."""
    if isinstance(thing, dict):
        for name, value in thing.items():
            if name == key:
                yield value
            yield from values_of(value, key)
    elif isinstance(thing, list):
        for value in thing:
            yield from values_of(value, key)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    path = tmp_path / "config.yaml"
    path.write_text(resource("ConfigMap")["data"]["config.yaml"], encoding="utf-8")
    return load_config(path, {})


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("one", RESOURCES, ids=kind_and_name)
def test_each_resource_is_valid_by_the_schemas_of_kubernetes(one: dict[str, Any], version: str) -> None:
    assert version == kubernetes_validate.validate(one, version, strict=True)


def test_a_resource_with_a_misspelt_key_is_not() -> None:
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate({**resource("ConfigMap"), "dates": {}}, VERSIONS[-1], strict=True)


def test_each_compose_file_is_valid_by_the_schema_of_compose() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]
    subprocess.run([*command, *COMPOSE_FILES], check=True, capture_output=True)


def test_all_lies_in_one_namespace_that_forbids_privileges() -> None:
    namespace = resource("Namespace")

    assert "restricted" == namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
    assert {namespace["metadata"]["name"]} == {
        one["metadata"]["namespace"] for one in RESOURCES if one is not namespace
    }


def test_a_pod_gets_the_variables_that_a_cluster_needs_and_no_other() -> None:
    needed = {*hosting_problems(secrets_of({})), *cluster_problems(secrets_of({})), "BELONGING_KEY_SECRET"}
    variables = {one["name"]: one["valueFrom"] for one in CONTAINER["env"]}

    assert {*needed, "BELONGING_WORKER"} == variables.keys()
    assert [] == [
        name for name in needed if variables[name] != {"secretKeyRef": {"name": "belonging", "key": name}}
    ]
    assert {"fieldRef": {"fieldPath": "metadata.name"}} == variables["BELONGING_WORKER"]
    assert NAMED == worker_name(None, {"BELONGING_WORKER": NAMED})


def test_no_manifest_holds_a_secret() -> None:
    assert "Secret" not in {one["kind"] for one in RESOURCES}
    assert [] == [one for one in CONTAINER["env"] if "value" in one]


def test_a_worker_is_reached_by_the_name_of_its_pod(config: Config) -> None:
    service = resource("Service", WORKERS["serviceName"])["spec"]
    (port,) = service["ports"]
    (listening,) = CONTAINER["ports"]

    assert ("None", True) == (service["clusterIP"], service["publishNotReadyAddresses"])
    assert f"http://{NAMED}.{WORKERS['serviceName']}:{port['port']}" == worker_address(config, NAMED)
    assert ("0.0.0.0", listening["containerPort"]) == (config.slack.http_host, config.slack.http_port)  # noqa: S104
    assert port["port"] == listening["containerPort"]
    assert {listening["name"]} == {port["targetPort"] for port in service["ports"]}


def test_every_selector_finds_the_workers_but_that_of_postgresql() -> None:
    labels = WORKERS["template"]["metadata"]["labels"]
    selectors = [
        *(one["spec"]["selector"] for one in RESOURCES if one["kind"] == "Service"),
        *values_of(WORKERS, "matchLabels"),
        resource("PodDisruptionBudget")["spec"]["selector"]["matchLabels"],
        resource("NetworkPolicy")["spec"]["podSelector"]["matchLabels"],
    ]

    assert [] == [selector for selector in selectors if selector != labels]
    assert labels != resource("NetworkPolicy", "belonging-postgresql")["spec"]["podSelector"]["matchLabels"]


def test_the_data_lie_in_a_directory_that_the_bot_makes_on_the_volume_that_it_keeps(config: Config) -> None:
    (claim,) = WORKERS["volumeClaimTemplates"]
    mounted = {one["mountPath"]: one["name"] for one in CONTAINER["volumeMounts"]}

    assert config.data_dir.parent == Path("/data")
    assert claim["metadata"]["name"] == mounted["/data"]
    assert ["ReadWriteOncePod"] == claim["spec"]["accessModes"]
    assert {"Retain"} == {*WORKERS["persistentVolumeClaimRetentionPolicy"].values()}
    assert "OnRootMismatch" == POD["securityContext"]["fsGroupChangePolicy"]
    assert CONTAINER["workingDir"] in mounted


def test_the_probes_ask_what_the_server_answers() -> None:
    probes = {name: CONTAINER[f"{name}Probe"] for name in ("startup", "readiness", "liveness")}
    asked = {name: probe["httpGet"]["path"] for name, probe in probes.items()}

    assert {"startup": "/healthz", "readiness": "/readyz", "liveness": "/healthz"} == asked
    assert [] == [path for path in asked.values() if f'Route("{path}"' not in SERVER]
    assert {"http"} == {probe["httpGet"]["port"] for probe in probes.values()}
    assert "health_uri /readyz\n" in CADDYFILE


def test_only_what_slack_asks_for_is_let_in() -> None:
    (rule,) = resource("Ingress")["spec"]["rules"]
    paths = rule["http"]["paths"]

    assert FOR_SLACK == {one["path"] for one in paths}
    assert {"Exact"} == {one["pathType"] for one in paths}
    (matched,) = re.findall(r"@slack path (.*)", CADDYFILE)
    assert FOR_SLACK == set(matched.split())


def test_the_host_is_the_one_at_which_people_install_the_app(config: Config) -> None:
    spec = resource("Ingress")["spec"]

    assert config.hosting
    assert [f"https://{rule['host']}" for rule in spec["rules"]] == [config.hosting.public_url]
    assert [rule["host"] for rule in spec["rules"]] == spec["tls"][0]["hosts"]


def test_a_worker_has_the_time_to_hand_over() -> None:
    unheard = CONTAINER["lifecycle"]["preStop"]["sleep"]["seconds"]

    assert unheard >= 2 * CONTAINER["readinessProbe"]["periodSeconds"]
    assert POD["terminationGracePeriodSeconds"] > unheard + HANDOVER_S
    for worker in COMPOSE_WORKERS.values():
        assert int(worker["stop_grace_period"].removesuffix("s")) > HANDOVER_S


def test_the_unit_of_a_worker_differs_in_its_command_and_in_the_time_to_hand_over() -> None:
    unit, changed = (
        (ROOT / "deploy" / name).read_text(encoding="utf-8")
        for name in ("belonging.service", "belonging.service.d/worker.conf")
    )
    (run,) = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    settings = re.findall(r"^(\w+)=(.*)$", changed, re.MULTILINE)

    assert [("ExecStart", ""), ("ExecStart", run.replace("belonging run", "belonging worker"))] == settings[
        :2
    ]
    assert {"TimeoutStopSec"} == {name for name, _ in settings[2:]}
    assert int(dict(settings)["TimeoutStopSec"]) > HANDOVER_S


def test_a_worker_that_hangs_is_ended_by_its_own_watchdog_first() -> None:
    probe = CONTAINER["livenessProbe"]

    assert probe["periodSeconds"] * probe["failureThreshold"] > LIMIT_S


def test_the_first_process_of_the_container_is_not_the_worker_so_that_its_watchdog_can_end_it() -> None:
    assert POD["shareProcessNamespace"]
    assert {True} == {worker["init"] for worker in COMPOSE_WORKERS.values()}


def test_a_pod_has_no_privilege_and_writes_to_its_data_alone() -> None:
    (user,) = re.findall(r"^USER (\d+):\d+$", DOCKERFILE, re.MULTILINE)

    assert POD["securityContext"]["runAsNonRoot"]
    assert {int(user)} == {POD["securityContext"][key] for key in ("runAsUser", "runAsGroup", "fsGroup")}
    assert {"type": "RuntimeDefault"} == POD["securityContext"]["seccompProfile"]
    assert {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    } == CONTAINER["securityContext"]
    assert not POD["automountServiceAccountToken"]
    assert not POD["enableServiceLinks"]  # or a service could set a variable of the bot


def test_a_pod_is_never_swapped() -> None:
    limits, requests = CONTAINER["resources"]["limits"], CONTAINER["resources"]["requests"]

    assert limits["memory"] == requests["memory"]


def test_one_worker_at_a_time_may_be_away() -> None:
    assert 1 == resource("PodDisruptionBudget")["spec"]["maxUnavailable"]
    assert {"type": "RollingUpdate"} == WORKERS["updateStrategy"]
    assert WORKERS["replicas"] == len(COMPOSE_WORKERS) == 3


def test_a_worker_reaches_postgresql_the_other_workers_and_slack_and_is_reached_by_few() -> None:
    policy = resource("NetworkPolicy")["spec"]
    postgresql = resource("NetworkPolicy", "belonging-postgresql")["spec"]
    ports = [sorted({port["port"] for port in rule["ports"]}, key=str) for rule in policy["egress"]]

    assert ["Ingress", "Egress"] == policy["policyTypes"]
    assert [["http"], [5432], [53], [443]] == ports
    assert [["http"], [5432]] == [
        [port["port"] for port in one["ingress"][0]["ports"]] for one in (policy, postgresql)
    ]
    assert [{"podSelector": policy["podSelector"]}] == postgresql["ingress"][0]["from"]


def test_under_compose_the_workers_are_alike_but_for_their_names() -> None:
    assert ["worker-1", "worker-2", "worker-3"] == list(COMPOSE_WORKERS)
    for name, worker in COMPOSE_WORKERS.items():
        assert {"BELONGING_WORKER": name} == worker["environment"]
        assert ["data:/data", "./config.yaml:/data/config.yaml:ro"] == worker["volumes"]
        assert f"{name}:3000" in CADDYFILE
    alike = {json.dumps({**one, "environment": {}}, sort_keys=True) for one in COMPOSE_WORKERS.values()}
    assert 1 == len(alike)


def test_under_compose_a_worker_writes_to_its_data_alone_and_leaves_no_core() -> None:
    for worker in COMPOSE_WORKERS.values():
        assert worker["read_only"]
        assert (["ALL"], ["no-new-privileges:true"]) == (worker["cap_drop"], worker["security_opt"])
        assert 0 == worker["ulimits"]["core"]
        assert worker["mem_limit"] == worker["memswap_limit"]


def test_under_compose_only_the_proxy_is_reached_from_outside_and_postgresql_by_the_workers_alone() -> None:
    services = COMPOSE["services"]

    assert {"proxy"} == {name for name, one in services.items() if "ports" in one}
    assert COMPOSE["networks"]["back"] == {"internal": True}
    assert {"postgresql", *COMPOSE_WORKERS} == {
        name for name, one in services.items() if "back" in one["networks"]
    }
    assert ["back"] == services["postgresql"]["networks"]


def test_the_image_of_a_worker_installs_the_lock_of_the_extra() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    built = {worker["build"]["args"]["EXTRAS"] for worker in COMPOSE_WORKERS.values()}

    assert {"cluster"} == built
    assert built <= project["optional-dependencies"].keys()
    assert 'ARG EXTRAS=""\nCOPY requirements.lock requirements-cluster.lock' in DOCKERFILE
    assert '--require-hashes \\\n      -r "/source/requirements${EXTRAS:+-$EXTRAS}.lock"' in DOCKERFILE


def test_what_is_started_is_a_command_with_these_options() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]

    for name, *options in (CONTAINER["args"], *(one["command"] for one in COMPOSE_WORKERS.values())):
        assert {one for one in options if one.startswith("--")} <= {
            option for parameter in commands[name].params for option in parameter.opts
        }
