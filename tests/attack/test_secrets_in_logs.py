"""Every secret is a word that can be found again, and is found in no log, answer, output, audit entry or row.

The list of secrets is held against the code. The servers that Aftercare talks to are rude: they repeat what they
refuse, log-in included.
"""

from __future__ import annotations

import base64
import logging
import os
import re
import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, quote_plus, urlencode, urlsplit

import pyotp
import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner
from sqlalchemy.engine import Engine

from bot import cli, doctor
from bot.care import roster_edits
from bot.care.database import engine_for, transaction
from bot.care.models import Patient, Responder
from bot.channels.sms.errors import SendFailed
from bot.channels.sms.providers import Outgoing, make_provider
from bot.channels.sms.settings import load_settings
from bot.channels.web_chat.identity import load_identity_secret, sign_identity
from bot.clinic import paging_settings
from bot.clinic.access_settings import Access, OpenId
from bot.clinic.clock import FixedClock
from bot.clinic.errors import AftercareError
from bot.clinic.paths import ROOT
from bot.clinic.secret import app_secret
from bot.clinic.settings import Clinic, load_clinic
from bot.staff import accounts
from bot.web import create_app
from bot.work.pager import Pager
from bot.work.paging import Paging
from tests.attack.canaries import (
    CODE,
    CUT,
    LOG,
    OWN_PAGER,
    PASSWORD,
    PLAIN,
    SECRETS,
    TYPED,
    Browser,
    Rude,
    RudeMail,
    Rudes,
    Watch,
    rows,
    used,
)
from tests.channels.web_chat.support import TUESDAY_NOON, Served, parts, unlimited
from tests.work.paging_scene import Duty


@pytest.fixture
def watch(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> Iterator[Watch]:
    """Listens until the end of the test, and fails it where a secret was told."""
    caplog.set_level(logging.DEBUG)
    watching = Watch(caplog)
    yield watching
    assert watching.found("".join(capfd.readouterr())) == []


@pytest.fixture(scope="module")
def rude() -> Iterator[Rudes]:
    """The ports of both, and all that they heard."""
    heard: list[str] = []
    servers: list[Any] = [socketserver.ThreadingTCPServer(("127.0.0.1", 0), RudeMail)]
    servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Rude))
    for server in servers:
        server.heard, server.daemon_threads = heard, True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield servers[0].server_address[1], servers[1].server_address[1], heard
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def clinic(rude: Rudes, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Clinic:
    """A clinic that has everything which needs a secret, and an environment that holds them."""
    mail, web, _ = rude
    here = urlsplit(database_url)  # its server asks for no password
    netloc = f"{here.username}:{SECRETS['DATABASE_URL']}@{here.netloc.rpartition('@')[2]}"
    hook = f"json://127.0.0.1:{web}/{SECRETS['AFTERCARE_DUTY_PAGER']}"
    given = {**SECRETS, "AFTERCARE_DUTY_PAGER": hook, "DATABASE_URL": here._replace(netloc=netloc).geturl()}
    given |= {"AFTERCARE_TWILIO_FROM": "+12125550142", "AFTERCARE_TWILIO_API": f"http://127.0.0.1:{web}"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(accounts, "_HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    sender = {"port": mail, "security": "none", "user": "pages", "sender": "us@clinic.example"}
    paging = paging_settings.Paging(
        ladder=({"who": "everybody", "by": ("email", "text", "app", "duty_pager")},),
        mail={"host": "127.0.0.1", **sender},
        services={"duty_pager": "AFTERCARE_DUTY_PAGER"},
    )
    openid = OpenId(issuer=f"http://127.0.0.1:{web}", client_id="aftercare")
    access = Access(second_factor=("clinician",), openid=openid)
    return unlimited().copy(update={"paging": paging, "access": access, "demo": False})  # type: ignore[no-any-return]


@pytest.fixture
def browser(clinic: Clinic, engine: Engine, watch: Watch) -> Iterator[Browser]:
    """A browser at the whole web process, with staff, a patient, and nurses who have pagers of their own."""
    url, clock, sms = os.environ["DATABASE_URL"], FixedClock(TUESDAY_NOON), load_settings(clinic)
    duty = Duty(engine, clinic, clock)
    duty.paging = Paging(engine, clinic, clock, Pager(clinic, make_provider(sms)))
    duty.paging.sweep()  # makes the roster
    pager = f"json://{urlsplit(str(sms.api)).netloc}/{OWN_PAGER}"
    with transaction(engine) as session:
        for person in session.query(Responder):
            roster_edits.add_contact(session, int(person.id), "app", pager)
        for role in ("nurse", "clinician", "admin"):
            accounts.add_staff(session, f"A {role}", f"{role}@clinic.example", role, PASSWORD)
        session.add(Patient(name="Maria Lopez", portal_id="MRN-1"))
    made, secret = engine_for(url), load_identity_secret()
    served = Served(create_app(parts(url, made, clock, clinic=clinic, sms=sms, identity_secret=secret)))
    yield Browser(served.base, watch, duty)
    served.stop()
    made.dispose()


def test_every_variable_of_the_code_is_watched_and_the_watch_hears(watch: Watch) -> None:
    code = "".join(path.read_text() for room in ("bot", "actions") for path in (ROOT / room).rglob("*.py"))
    known = set(re.findall(r"\bAFTERCARE_([A-Z_]*[A-Z])\b", code))
    known |= {f"TWILIO_{name}" for name in re.findall(r"PREFIX(?:\}| \+ \")([A-Z_]+)", code)}
    secret = {name.removeprefix("AFTERCARE_") for name in SECRETS} - {"DATABASE_URL"}
    assert known == PLAIN | secret, "a new variable: is it a secret?"
    LOG.debug("%s", base64.b64encode(f"x:{PASSWORD}".encode()).decode())
    assert len(watch.found()) == 1 and len(watch.found(quote(OWN_PAGER + TYPED))) == 3
    watch.caplog.clear()


def test_logging_in_tells_nothing_but_what_it_gives(
    browser: Browser, watch: Watch, engine: Engine, rude: Rudes
) -> None:
    assert browser.log_in("nurse", TYPED) == browser.log_in("nobody") == 401
    assert browser.log_in("nurse") == 303 and browser.ask("/staff")[0] == 200
    browser.breaks_its_cookies()
    assert browser.ask("/staff")[0] == 303 and browser.log_in("clinician") == 303
    shown = re.findall("<kbd>([A-Z2-7 ]{20,})</kbd>", browser.ask("/staff/login/second-factor")[1])[0]
    key, here = shown.replace(" ", ""), watch.made(shown)
    watch.born[key] = watch.born[here]
    assert browser.ask("/staff/login/second-factor", {"code": "000000"})[0] >= 400 and watch.made(shown)
    right = {"code": pyotp.TOTP(key).at(TUESDAY_NOON)}
    codes = re.findall("<kbd>([a-z2-7-]{19})</kbd>", browser.ask("/staff/login/second-factor", right)[1])
    assert len([watch.made(one) for one in codes]) == 10 and browser.log_in("clinician") == 303
    asked = [browser.ask("/staff/login/code", {"code": one})[0] for one in (codes[0][:-4] + "aaaa", codes[0])]
    assert asked == [401, 303] and browser.ask("/staff/account")[0] == 200
    state = parse_qs(urlsplit(browser.line.get(browser.base + "/staff/login/openid", allow_redirects=False)
                              .headers["location"]).query)["state"][0]  # fmt: skip
    assert browser.ask(f"/staff/login/openid/back?{urlencode({'code': CODE, 'state': state})}")[0] == 502
    assert used(rude[2], quote_plus(SECRETS["AFTERCARE_OPENID_SECRET"])) and used(rude[2], CODE)
    assert watch.found(rows(engine)) == []


def test_links_pages_and_texts_are_told_to_nobody_else(
    browser: Browser, watch: Watch, engine: Engine, rude: Rudes
) -> None:
    assert browser.log_in("admin", TYPED) == 401 and browser.log_in("admin") == 303
    invite = watch.made(
        re.findall(r"=([\w-]{32})\b", browser.ask("/staff/patients/1/access/invites", {})[1])[0]
    )
    nonce, secret = "canary0nonce0of0the0portal", load_identity_secret() or b""
    identity = sign_identity("MRN-1", nonce, TUESDAY_NOON, TUESDAY_NOON + timedelta(minutes=2), secret)
    watch.born |= {nonce: set(), identity[:-2]: set()}
    proofs = [{"invite": invite}, {"invite": invite}, {"identity": identity}, {"identity": identity[:-2]}]
    patients = [Browser(browser.base, watch, browser.duty) for _ in proofs]
    opened = [one.ask("/chat/session", body=proof)[0] for one, proof in zip(patients, proofs, strict=True)]
    assert opened == [200, 403, 200, 403]
    patients[0].breaks_its_cookies()
    assert patients[0].ask("/chat/messages")[0] == 401
    browser.duty.paging.page(browser.duty.alert())
    failed = {(page.way, page.error) for page in browser.duty.rows()}
    assert failed >= {
        ("email", "log_in_refused"),
        ("text", "21211"),
        ("app", "http_400"),
        ("duty_pager", "http_400"),
    }
    with pytest.raises(SendFailed) as refused:
        make_provider(load_settings(browser.duty.clinic)).find(
            Outgoing("+16465550199", "hi", 1), TUESDAY_NOON
        )
    links = sorted(set(re.findall("/staff/page/([a-z2-7]{48})", "".join(rude[2]))))
    watch.born |= {link: set() for link in links}
    assert links and browser.log_in("nurse") == 303
    assert browser.ask(f"/staff/page/{links[0]}")[0] == 200 and watch.made(links[0])  # its form sends it back
    assert browser.ask(f"/staff/page/{links[0]}", {})[0] == 409  # not what was seen
    assert [browser.ask(path)[0] for path in ("/staff/pages", "/staff/roster")] == [200, 200]
    assert watch.found(f"{refused.value} {rows(engine)}") == []
    told = [SECRETS[name] for name in SECRETS if re.search("SMTP|TWILIO|DUTY", name)]
    assert all(used(rude[2], one) for one in (*told, OWN_PAGER)), "a secret was not used"


def test_a_crash_and_a_database_that_is_away_tell_nothing(
    browser: Browser, watch: Watch, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise RuntimeError(" ".join([*SECRETS.values(), PASSWORD]))

    def asked(one: Browser) -> list[int]:
        told = [one.log_in("nurse"), *(one.ask(path)[0] for path in ("/staff", "/metrics", "/readyz"))]
        return [*told, one.ask("/chat/session", body={"invite": CUT})[0]]

    assert browser.log_in("nurse") == 303
    url = f"postgresql://aftercare:{SECRETS['DATABASE_URL']}@127.0.0.1:1/nothing"
    monkeypatch.setenv("DATABASE_URL", url)
    away = Served(create_app(parts(url, engine_for(url), FixedClock(TUESDAY_NOON), clinic=clinic)))
    assert asked(Browser(away.base, watch, browser.duty, browser.line)) == [503, 503, 200, 503, 503]
    away.stop()
    for place in ("bot.staff.console", "bot.health", "bot.channels.web_chat.opening"):
        monkeypatch.setattr(f"{place}.transaction", crash)
    assert asked(browser) == [500] * 5 and "live feed" in watch.log() and "RuntimeError" in watch.log()


MISTAKES = (
    "aftercare:{}",
    "aftercare:x@{}@127.0.0.1:1/x",
    "a:x@y:{}@127.0.0.1/x",
    "a:{}@127.0.0.1:1/x?sslmode=no",
)


@pytest.mark.parametrize("mistake", [f"postgresql://{one}" for one in MISTAKES] + ["a:{}@127.0.0.1/x"])
def test_the_command_line_repeats_no_address_of_a_database(
    watch: Watch, clinic: Clinic, monkeypatch: pytest.MonkeyPatch, mistake: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", mistake.format(SECRETS["DATABASE_URL"]))
    monkeypatch.setattr(doctor, "_models", lambda: doctor.Finding("ok", "models", ""))
    for command in (["verify-audit"], ["doctor"], ["backup", "/tmp/nothing"]):
        told = CliRunner().invoke(cli.main, command)
        assert told.exit_code == 1 and isinstance(told.exception, SystemExit), (command, told.exception)
        watch.said.append(told.output)
    with pytest.raises(Exception, match=r"\w") as refused:
        engine_for(os.environ["DATABASE_URL"]).connect()
    LOG.error("as Python prints it", exc_info=refused.value)


def test_settings_that_are_wrong_are_named_and_not_repeated(
    watch: Watch, clinic: Clinic, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("SECRET", "IDENTITY_SECRET", "TWILIO_ACCOUNT_SID", "TWILIO_FROM"):
        monkeypatch.setenv(f"AFTERCARE_{name}", CUT)
    mail, service = SECRETS["AFTERCARE_SMTP_PASSWORD"], SECRETS["AFTERCARE_DUTY_PAGER"]
    wrong = (
        f"mail: {{ host: x, sender: us@x.example, password: '{mail}' }}",
        f"mail: {{ host: 'smtps://us:{mail}@x.example', sender: us@x.example }}",
        f"mail: {{ host: x, sender: 'mailto://us:{mail}@x.example' }}",
        f"services: {{ duty_pager: 'json://x.example/{service}' }}",
    )
    files = [tmp_path / f"{number}.yml" for number in range(len(wrong))]
    for path, section in zip(files, wrong, strict=True):
        demo = (ROOT / "clinic.yml").read_text()
        path.write_text(re.sub(r"(?ms)^paging:.*?(?=^\w)", f"paging:\n  {section}\n", demo))
    loads = [app_secret, load_identity_secret, lambda: load_settings(clinic)]
    for load in (*loads, *(partial(load_clinic, path) for path in files)):
        with pytest.raises(AftercareError) as refused:
            load()
        LOG.error("as web says it: %s", refused.value, exc_info=refused.value)
