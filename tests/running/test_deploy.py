"""What we ship for running it says what is so: units, containers, proxy, rules, dashboard, and the document."""

from __future__ import annotations

import configparser
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy.engine import Engine
from starlette.testclient import TestClient

from bot.clinic.clock import SystemClock
from bot.clinic.paths import ROOT
from bot.clinic.retention_settings import Retention
from bot.postgres_programs import VERSION
from bot.web import create_app
from tests.channels.web_chat.support import parts
from tests.chaos.nginx import MISSING, NGINX

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
DOCUMENT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
METRIC = re.compile(r"\baftercare_[a-z_]+\b")


@pytest.fixture(scope="module")
def metrics(database_url: str, engine: Engine) -> set[str]:
    """The names that /metrics gives."""
    with TestClient(create_app(parts(database_url, engine, SystemClock()))) as client:
        said = client.get("/metrics").text
    found = set(re.findall(r"^# TYPE (\S+)", said, re.MULTILINE))
    assert "aftercare_database_up" in found
    return found


def rules() -> list[dict[str, Any]]:
    content = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text())
    return [rule for group in content["groups"] for rule in group["rules"]]


def queries() -> list[str]:
    board = json.loads((DEPLOY / "grafana" / "aftercare.json").read_text())
    return [target["expr"] for panel in board["panels"] for target in panel["targets"]]


def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((DEPLOY / "container" / "compose.yml").read_text())
    return content


def test_the_document_names_every_metric_and_no_other(metrics: set[str]) -> None:
    assert set(METRIC.findall(DOCUMENT)) == metrics
    rows = [line for line in DOCUMENT.splitlines() if line.startswith("| `aftercare_")]
    assert {METRIC.findall(row)[0] for row in rows} == metrics, "each has a row that says what it means"


def test_every_query_names_a_metric_that_there_is(metrics: set[str]) -> None:
    shown = {name for query in queries() for name in METRIC.findall(query)}
    assert shown == metrics, "the dashboard shows all of them"
    for query in [*queries(), *(rule["expr"] for rule in rules())]:
        assert METRIC.findall(query) or query.startswith("up{"), query


def test_every_metric_has_an_alarm_and_every_alarm_says_what_to_do(metrics: set[str]) -> None:
    watched = {name for rule in rules() for name in METRIC.findall(rule["expr"])}
    assert watched == metrics
    headings = {
        "#" + heading.lower().replace(" ", "-") for heading in re.findall(r"^#### (.+)$", DOCUMENT, re.M)
    }
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names))
    for rule in rules():
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"] and rule["annotations"]["action"] in headings
    assert headings == {rule["annotations"]["action"] for rule in rules()}


def test_the_dashboard_is_one() -> None:
    board = json.loads((DEPLOY / "grafana" / "aftercare.json").read_text())
    numbers = [panel["id"] for panel in board["panels"]]
    assert len(numbers) == len(set(numbers)) and board["title"] == "Aftercare"
    assert all(panel["title"] and panel["description"] for panel in board["panels"])


# --- systemd ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_units_are_whole(unit: Path) -> None:
    # A key may come several times.
    read = configparser.RawConfigParser(strict=False, interpolation=None)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read_string(unit.read_text())
    assert read["Unit"]["Description"]
    if unit.suffix == ".timer":
        assert (unit.with_suffix(".service")).exists() and read["Timer"]["OnCalendar"]
        return
    service = read["Service"]
    assert service["User"] == "aftercare" and service["UMask"] == "0077"
    assert service["EnvironmentFile"] == "/etc/aftercare/environment", "secrets stand in no unit"
    assert not re.search(r"(SECRET|TOKEN|PASSWORD|DATABASE_URL)=", unit.read_text())


def test_units_start_what_there_is() -> None:
    whole = (DEPLOY / "systemd" / "aftercare.service").read_text()
    assert "ExecStart=/opt/aftercare/.venv/bin/aftercare run\n" in whole
    one = (DEPLOY / "systemd" / "aftercare@.service").read_text()
    assert "ExecStart=/opt/aftercare/.venv/bin/python -m bot.%i\n" in one
    for name in re.findall(r"aftercare@([a-z.]+[a-z])", one):
        assert (ROOT / "bot" / (name.replace(".", "/") + ".py")).exists(), name
    assert len(set(re.findall(r"aftercare@([a-z.]+[a-z])", one))) == 3


@pytest.mark.skipif(
    shutil.which("systemd-analyze") is None,
    reason="no systemd-analyze (Debian: apt-get install systemd): the units are not checked",
)
def test_systemd_finds_nothing_wrong(tmp_path: Path) -> None:
    """As they would lie on a machine with the project where it is here."""
    for unit in UNITS:
        text = unit.read_text().replace("/opt/aftercare", str(ROOT))
        (tmp_path / unit.name.replace("@.", "@web.")).write_text(text)
    names = [f"./{path.name}" for path in sorted(tmp_path.iterdir())]
    command = ["systemd-analyze", "verify", "--man=no", *names]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


# --- containers and proxy --------------------------------------------------------------------------------------------


def test_the_compose_file_hangs_together() -> None:
    content = compose()
    services = content["services"]
    assert {"database", "migrate", "web", "answer", "care", "proxy"} == set(services)
    for name, service in services.items():
        assert ("image" in service) and service["networks"] == ["inside"], name
        depends = service.get("depends_on", {})
        assert set(depends) <= set(services), name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source.startswith(".") or source in content["volumes"], volume
        assert set(service.get("secrets", [])) <= set(content["secrets"])
    assert [name for name, one in services.items() if "ports" in one] == ["proxy"], (
        "only the proxy is reachable"
    )
    for name, module in (("web", "bot.web"), ("answer", "bot.workers.answer"), ("care", "bot.workers.care")):
        assert services[name]["command"] == ["python", "-m", module]
        assert (ROOT / (module.replace(".", "/") + ".py")).exists()
        assert "spool:/var/lib/aftercare" in services[name]["volumes"], (
            "what is accepted outlives the container"
        )
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    text = (DEPLOY / "container" / "compose.yml").read_text()
    assert not re.search(
        r"^\s*\w*(SECRET|TOKEN|PASSWORD)\w*: *[^/\s]", text.replace("_FILE:", "_FILE: /"), re.M
    )
    context = (DEPLOY / "container" / services["web"]["build"]["context"]).resolve()
    assert context == ROOT and (ROOT / services["web"]["build"]["dockerfile"]).exists()


def test_the_image_holds_no_secret_and_runs_as_nobody_special() -> None:
    lines = (DEPLOY / "container" / "Containerfile").read_text().splitlines()
    words = [line.split()[0] for line in lines if line and line[0].isalpha()]
    assert words[0] == "FROM" and words.index("USER") < words.index("CMD")
    assert "python:3.10" in next(line for line in lines if line.startswith("FROM"))
    assert any(line.startswith("RUN make setup") for line in lines)
    assert not any(re.search(r"(SECRET|TOKEN|PASSWORD|DATABASE_URL)=", line) for line in lines)
    ignored = (DEPLOY / "container" / "Containerfile.dockerignore").read_text().split()
    assert {".git", ".venv", ".env"} <= set(ignored)


def test_the_proxy_keeps_nothing_back() -> None:
    text = (DEPLOY / "nginx" / "aftercare.conf").read_text()
    assert text.count("{") == text.count("}")
    pattern, block = re.search(r"location ~ (\S*events\S*) \{(.*?)\}", text, re.S).groups()  # type: ignore[union-attr]
    for route in ("/chat/events", "/staff/events"):
        assert re.match(pattern, route)
    assert "proxy_buffering off;" in block and "gzip off;" in block
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text, "what a browser claims is not passed on"
    hidden = re.search(r"location ~ (\S*metrics\S*) \{\s*return 404;", text)
    assert hidden and re.match(hidden[1], "/metrics") and not re.match(hidden[1], "/healthz")


def test_the_proxy_knows_the_clinics_name_alone_and_finds_web_again() -> None:
    lines = (DEPLOY / "nginx" / "aftercare.conf").read_text().splitlines()
    text = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    servers = text.split("\nserver {")[1:]
    assert len(servers) == 3
    for port in ("80", "443"):
        assert re.search(rf"listen {port}\b.* default_server;", servers[0])
        assert not any(re.search(rf"listen {port}\b.* default_server;", one) for one in servers[1:])
    assert "return 444;" in servers[0] and "ssl_reject_handshake on;" in servers[0]
    assert "return 301 https://$server_name$request_uri;" in servers[1]
    assert "https://$host" not in text, "who asks chooses no address to be sent to"
    assert re.findall(r"proxy_pass (\S+);", text) == ["http://$aftercare"] * 2, (
        "looked up again when web has moved"
    )
    assert "resolver 127.0.0.11 " in servers[2] and "set $aftercare web:8080;" in servers[2]


def test_the_database_is_the_version_that_is_tested_with_its_data_where_the_image_keeps_them() -> None:
    database = compose()["services"]["database"]
    version = re.fullmatch(r"postgres:(\d+)-\w+", database["image"])
    assert version and version[1] == VERSION and f"tested with {VERSION}" in DOCUMENT
    assert database["volumes"] == ["database:/var/lib/postgresql"]


@pytest.mark.skipif(
    NGINX is None or shutil.which("openssl") is None,
    reason=f"{MISSING}, or no openssl (the same with openssl): the example is not checked",
)
def test_nginx_finds_nothing_wrong(tmp_path: Path) -> None:
    key, certificate = tmp_path / "privkey.pem", tmp_path / "fullchain.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x", "-days", "1"]
    subprocess.run([*make, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    site = (DEPLOY / "nginx" / "aftercare.conf").read_text()
    site = site.replace("/etc/nginx/tls", str(tmp_path)).replace("web:8080", "127.0.0.1:8080")
    (tmp_path / "site.conf").write_text(site.replace("/var/log/nginx", str(tmp_path)))
    temporary = "".join(
        f"{name}_temp_path {tmp_path}/{name}; "
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid;\nerror_log {tmp_path}/error.log;\nevents {{}}\n"
        f"http {{ access_log off; {temporary}include {tmp_path}/site.conf; }}\n"
    )
    command = [str(NGINX), "-t", "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# --- the document ----------------------------------------------------------------------------------------------------


def test_the_document_names_every_rule_of_retention_with_its_default() -> None:
    for name, field in Retention.__fields__.items():
        default = "never" if field.default is None else str(field.default)
        assert f"| `{name}` | {default} |" in DOCUMENT


def test_the_document_says_what_a_new_secret_costs_and_in_which_order() -> None:
    row = next(line for line in DOCUMENT.splitlines() if line.startswith("| `AFTERCARE_SECRET` |"))
    assert "Every authenticator app stops working" in row and "session lasts. Until" in row
    order = DOCUMENT.partition("**Before `AFTERCARE_SECRET` changes**")[2].partition("After a leak")[0]
    steps = [
        order.index(words)
        for words in ("recovery codes on paper", "two administrators", "Set the new secret")
    ]
    assert steps == sorted(steps)


def test_files_that_the_document_links_are_there() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", DOCUMENT)
    assert len(links) > 8
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
