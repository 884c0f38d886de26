"""compose.yaml, deploy/stack.yaml (Swarm) and deploy/kubernetes/ run the same things."""

import os
import re
import shutil
import subprocess
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from dpa_site.management.commands import release
from dpa_site.settings import server
from dpa_site.settings.environment import SECRETS

ROOT = settings.BASE_DIR
SERVICES = ("release", "web", "worker", "edge")
OTHERS_IMAGE = re.compile(r"^(?:FROM| *image:) ([a-z][^\s$]*:[^\s$]+)", re.MULTILINE)


def read(path: str) -> dict[str, Any]:
    return yaml.safe_load((ROOT / path).read_text("utf-8"))


def container(workload: str, name: str) -> dict[str, Any]:
    """The container of a Kubernetes workload, with what deploy/kubernetes/site.yaml adds."""
    text = (ROOT / f"deploy/kubernetes/{workload}.yaml").read_text("utf-8")
    spec = next(yaml.safe_load_all(text))["spec"]["template"]["spec"]
    [found] = [each for each in spec["containers"] if each["name"] == name]
    if name == "site":
        [common] = read("deploy/kubernetes/site.yaml")["spec"]["template"]["spec"]["containers"]
        lists = {key: common[key] + found.get(key, []) for key in ("env", "volumeMounts")}
        found = common | found | lists
    return found


COMPOSE, STACK = read("compose.yaml")["services"], read("deploy/stack.yaml")["services"]
KUBERNETES = {
    name: container("web", "edge") if name == "edge" else container(name, "site")
    for name in SERVICES
}


def check_command(service: dict[str, Any]) -> str:
    """The last word of a health check: a shell command or a path."""
    return service["healthcheck"].get("test", [""])[-1].replace("$$", "$")


def probe_command(found: dict[str, Any]) -> str:
    started = found.get("startupProbe") or found.get("livenessProbe") or {}
    return (
        started["exec"]["command"][-1]
        if "exec" in started
        else (started["httpGet"]["path"] if started else "")
    )


@pytest.mark.parametrize("name", SERVICES)
def test_orchestrators_run_the_same_containers(name: str) -> None:
    compose, stack, kubernetes = COMPOSE[name], STACK[name], KUBERNETES[name]
    assert compose.get("command") == stack.get("command") == kubernetes.get("command")
    assert check_command(compose) == check_command(stack) == probe_command(kubernetes)
    memory = kubernetes["resources"]["limits"]["memory"].removesuffix("i").lower()
    assert compose["mem_limit"] == stack["deploy"]["resources"]["limits"]["memory"] == memory
    assert compose["read_only"]
    assert stack["read_only"]
    security = kubernetes["securityContext"]
    assert security["readOnlyRootFilesystem"]
    assert not security["allowPrivilegeEscalation"]
    assert compose["cap_drop"] == stack["cap_drop"] == security["capabilities"]["drop"] == ["ALL"]


def test_web_gets_the_same_variables_and_may_write_to_their_directories() -> None:
    compose = {**COMPOSE["web"]["environment"]}
    del compose["DATABASE_URL"]
    stack = {
        name: value
        for name, value in STACK["web"]["environment"].items()
        if not name.endswith("_FILE")
    }
    kubernetes = {each["name"]: each["value"] for each in KUBERNETES["web"]["env"]}
    assert compose == stack == kubernetes | {"PORT": int(kubernetes["PORT"])}
    mounts = {each["mountPath"] for each in KUBERNETES["web"]["volumeMounts"]}
    mounts &= {str(each).partition(":")[2] for each in STACK["web"]["volumes"]}
    assert {value for value in kubernetes.values() if value.startswith("/")} <= mounts


def test_edge_and_probes_find_the_port_of_web() -> None:
    port = COMPOSE["web"]["environment"]["PORT"]
    assert KUBERNETES["web"]["ports"] == [{"name": "application", "containerPort": port}]
    for path in ("deploy/application.conf", "deploy/kubernetes/application.conf"):
        assert re.search(rf"set \$application http://[\w.]+:{port};", (ROOT / path).read_text())
    assert port == server.PORT
    assert f"os.environ.get('PORT') or {port}}}" in (ROOT / "dpa_site/probe.py").read_text("utf-8")
    assert '\nbind = f"0.0.0.0:{PORT}"\n' in (ROOT / "gunicorn.conf.py").read_text("utf-8")


def test_stack_reads_secrets_that_the_site_reads_from_files() -> None:
    files = [name for name in STACK["web"]["environment"] if name.endswith("_FILE")]
    assert {name.removesuffix("_FILE") for name in files} <= set(SECRETS)
    secrets = [name.removesuffix("_FILE").lower() for name in files]
    assert STACK["web"]["secrets"] == secrets == list(read("deploy/stack.yaml")["secrets"])


def test_orchestrators_mount_every_file_of_the_edge() -> None:
    deploy = ROOT / "deploy"
    needed, found = {"edge.sh"}, {"nginx.conf"}
    while new := found - needed:
        needed |= new
        for name in new:
            text = (deploy / name).read_text("utf-8")
            found |= set(re.findall(r"include /etc/nginx/site/([\w.-]+);", text))
    configs = {each["source"]: each["target"] for each in STACK["edge"]["configs"]}
    assert configs.pop("behind-proxy.conf") == "/etc/nginx/in-front/proxy.conf"
    assert configs == {name: f"/etc/nginx/site/{name}" for name in needed}
    generated, in_front = read("deploy/kustomization.yaml")["configMapGenerator"]
    assert {name.partition("=")[0] for name in generated["files"]} == needed
    assert in_front["files"] == ["proxy.conf=behind-proxy.conf"]


@pytest.mark.parametrize(
    ("url", "port", "warns"),
    [
        ("http://localhost:8000", "8080", True),
        ("http://localhost", "8080", True),
        ("http://localhost:8080", "8080", False),
        ("http://localhost:9000", None, False),
        ("https://www.example.org", "8080", False),
    ],
)
def test_release_warns_if_site_url_has_another_port(
    url: str, port: str | None, warns: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PORT", raising=False)
    if port:
        monkeypatch.setenv("PORT", port)
    monkeypatch.setattr(release, "PORT", int(port or 8000))
    monkeypatch.setattr(settings, "SITE_URL", url)
    warnings = StringIO()
    release.Command(stderr=warnings)._warn_of_other_port()
    assert (f"SITE_URL is {url}, but PORT is {port}. " in warnings.getvalue()) == warns
    assert bool(warnings.getvalue()) == warns


def test_images_of_others_are_pinned_by_one_command(tmp_path: Path) -> None:
    """Twice, because the second time renews the digests."""
    files = [ROOT / "Dockerfile", *ROOT.glob("compose*.yaml"), *ROOT.glob("deploy/**/*.yaml")]
    for file in (*files, ROOT / "deploy/pin-images.sh"):
        copy = tmp_path / file.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    docker = tmp_path / "bin/docker"
    docker.parent.mkdir()
    for digit in "12":
        docker.write_text(f"#!/bin/sh\necho 'Digest:    sha256:{digit * 64}'\n")
        docker.chmod(0o755)
        subprocess.run(
            [tmp_path / "deploy/pin-images.sh"],
            env=os.environ | {"PATH": f"{docker.parent}:{os.environ['PATH']}"},
            check=True,
            capture_output=True,
        )
    pinned = []
    for file in files:
        was, now = file.read_text("utf-8"), (tmp_path / file.relative_to(ROOT)).read_text("utf-8")
        images = OTHERS_IMAGE.findall(was)
        expected = [f"{image.partition('@')[0]}@sha256:{'2' * 64}" for image in images]
        assert OTHERS_IMAGE.findall(now) == expected
        assert re.sub(r"@sha256:\w+", "", now) == re.sub(r"@sha256:\w+", "", was)
        pinned += [image.partition(":")[0] for image in images]
    assert sorted(set(pinned)) == ["caddy", "nginx", "postgres", "python"]
