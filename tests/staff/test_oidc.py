"""The clinic's own log-in: a small provider on loopback with real HTTP and signed tokens, honest and otherwise."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote_plus, urlencode, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from pydantic import ValidationError

from bot.care.models import AuditEntry, StaffMember, StaffSession
from bot.clinic.access_settings import Access, OpenId
from bot.guidance.library import Library
from bot.guidance.phrases import Phrases
from bot.staff.app import staff_app
from bot.staff.openid import SECRET

CLIENT, KEPT_SECRET = "aftercare", "a secret: of the client/100%"
BEGIN, BACK = "/staff/login/openid", "/staff/login/openid/back"


class Provider:
    """An OpenID provider with one user. What it says can be bent, and with what it signs."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}, private=True)
        self.shown = [self.key]
        self.signs_with: Any = self.key
        self.algorithm = "RS256"
        self.email: Any = "nora@clinic.example"
        self.verified: Any = True
        self.bend: Callable[[dict[str, Any]], None] = lambda claims: None
        self.about_bend: dict[str, Any] = {}
        self.secret = KEPT_SECRET
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[dict[str, str]] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: Any) -> None:
                pass

            def do_GET(self) -> None:
                path = urlsplit(self.path)
                if path.path == "/.well-known/openid-configuration":
                    self.say(200, provider.about())
                elif path.path == "/keys":
                    self.say(200, {"keys": [key.as_dict(private=False) for key in provider.shown]})
                elif path.path == "/authorize":
                    self.send_response(303)
                    self.send_header("location", provider.authorize(dict(parse_qsl(path.query))))
                    self.end_headers()
                else:
                    self.say(404, {})

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                self.say(*provider.token(dict(parse_qsl(body)), self.headers.get("authorization", "")))

            def say(self, status: int, content: dict[str, Any]) -> None:
                body = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)

    def about(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            **self.about_bend,
        }

    def authorize(self, asked: dict[str, str]) -> str:
        self.asked.append(asked)
        code = f"code-{len(self.asked)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, asked: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """Who asks must be the client, with a code that was not used, and the verifier of its challenge."""
        begun = self.codes.pop(asked.get("code", ""), None)
        digest = hashlib.sha256(asked.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if self.secret:
            given = base64.b64decode(authorization.removeprefix("Basic ")).decode()
            known = [unquote_plus(part) for part in given.split(":")] == [CLIENT, self.secret]
        else:
            known = asked.get("client_id") == CLIENT and not authorization
        if not known:
            return 401, {"error": "invalid_client"}
        if begun is None or begun["code_challenge"] != challenge:
            return 400, {"error": "invalid_grant"}
        if asked["redirect_uri"] != begun["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.issuer, "sub": "user-1", "aud": CLIENT, "iat": now, "exp": now + 300,
            "nonce": begun["nonce"], "email": self.email, "email_verified": self.verified,
        }  # fmt: skip
        self.bend(claims)
        if self.algorithm == "none":
            parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
            unsigned = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."
            return 200, {"access_token": "opaque", "token_type": "Bearer", "id_token": unsigned}
        header = {"alg": self.algorithm, "kid": "one"}
        signed = jwt.encode(header, claims, self.signs_with, algorithms=[self.algorithm])
        return 200, {"access_token": "opaque", "token_type": "Bearer", "id_token": signed}


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    monkeypatch.setenv(SECRET, KEPT_SECRET)
    made = Provider()
    yield made
    made.stop()


@pytest.fixture
def clinic(scene: Any, provider: Provider) -> Any:
    """The scene of a clinic with its own log-in, in which Nora works."""
    access = Access(openid=OpenId(issuer=provider.issuer, client_id=CLIENT, name="Riverside ID"))
    scene.clinic = scene.clinic.copy(update={"access": access})
    library, phrases = Library.load(), Phrases.load()
    scene.app = staff_app(scene.engine, scene.clinic, scene.clock, library, phrases, scene.feed)
    provider.email = scene.hire()
    return scene


def at_provider(browser: Any, after: str = "") -> str:
    """The browser goes to the provider, which sends it back: the path that it is sent to."""
    answer = browser.get(BEGIN + (f"?next={after}" if after else ""))
    assert answer.status_code == 303, answer.text
    with httpx.Client() as other_site:
        returned = other_site.get(answer.headers["location"]).headers["location"]
    address = urlsplit(returned)
    return f"{address.path}?{address.query}"


def log_in(browser: Any, after: str = "") -> Any:
    # The browser comes from another site.
    return browser.get(at_provider(browser, after), headers={"sec-fetch-site": "cross-site"})


def in_audit(scene: Any) -> list[tuple[str, dict[str, Any]]]:
    with scene.record() as session:
        return [(row.action, row.detail) for row in session.query(AuditEntry).order_by(AuditEntry.id)]


def test_whoever_the_provider_vouches_for_is_logged_in(clinic: Any, provider: Provider) -> None:
    browser = clinic.browser()
    assert "Log in with Riverside ID" in browser.get("/staff/login").text
    answer = log_in(browser, "/staff/patients")
    assert answer.headers["location"] == "/staff/patients"
    assert browser.get("/staff/patients").status_code == 200
    [asked] = provider.asked
    assert (asked["scope"], asked["code_challenge_method"]) == ("openid email", "S256")
    assert asked["redirect_uri"] == clinic.clinic.web.public_url + BACK
    assert in_audit(clinic)[0] == ("login", {"how": "openid"})


def test_without_the_setting_there_is_no_such_log_in(scene: Any) -> None:
    browser = scene.browser()
    assert "openid" not in browser.get("/staff/login").text
    assert (browser.get(BEGIN).status_code, browser.get(BACK).status_code) == (404, 404)


def test_a_provider_that_gives_no_secret_knows_us_by_the_verifier(
    clinic: Any, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SECRET)
    provider.secret = ""
    assert log_in(clinic.browser()).status_code == 303


def test_nobody_gets_an_account_by_logging_in_elsewhere(clinic: Any, provider: Provider) -> None:
    provider.email = "stranger@clinic.example"
    answer = log_in(clinic.browser())
    assert answer.status_code == 403 and "There is no account here" in answer.text
    with clinic.record() as session:
        assert (session.query(StaffMember).count(), session.query(StaffSession).count()) == (1, 0)
    assert in_audit(clinic) == [("login.failed", {"reason": "vouched for, no account"})]


def test_somebody_who_has_left_is_not_let_in(clinic: Any) -> None:
    with clinic.record() as session:
        session.query(StaffMember).one().active = False
    assert log_in(clinic.browser()).status_code == 403


def claim(name: str, value: Any) -> Callable[[Provider], None]:
    def bend(provider: Provider) -> None:
        provider.bend = lambda claims: claims.update({name: value})

    return bend


def without(name: str) -> Callable[[Provider], None]:
    def bend(provider: Provider) -> None:
        provider.bend = lambda claims: claims.pop(name)

    return bend


def another_key(provider: Provider) -> None:
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "one"}, private=True)


def our_secret_as_key(provider: Provider) -> None:
    provider.signs_with, provider.algorithm = OctKey.import_key(KEPT_SECRET * 2), "HS256"


def no_signature(provider: Provider) -> None:
    provider.algorithm = "none"


@pytest.mark.parametrize(
    "bend",
    [
        claim("iss", "https://evil.example"),
        claim("aud", "another client"),
        claim("aud", ["aftercare", "another"]),  # and no azp
        claim("azp", "another client"),
        claim("nonce", "of another log-in"),
        without("nonce"),
        without("exp"),
        claim("exp", 1_000_000_000),
        claim("iat", 9_999_999_999),
        claim("email_verified", False),
        claim("email_verified", "true"),
        without("email_verified"),
        without("email"),
        claim("email", ["nora@clinic.example"]),
        another_key,
        our_secret_as_key,
        no_signature,
    ],
)
def test_what_is_not_proved_opens_nothing(
    clinic: Any, provider: Provider, bend: Callable[[Provider], None]
) -> None:
    bend(provider)
    answer = log_in(clinic.browser())
    assert answer.status_code == 403, answer.text
    with clinic.record() as session:
        assert session.query(StaffSession).count() == 0


def test_a_changed_key_needs_nothing_of_us(clinic: Any, provider: Provider) -> None:
    assert log_in(clinic.browser()).status_code == 303
    another_key(provider)
    provider.shown = [provider.signs_with]
    assert log_in(clinic.browser()).status_code == 303


def test_what_another_browser_began_ends_in_none(clinic: Any) -> None:
    """Otherwise somebody could log a nurse in as themselves, by a link."""
    began, other = clinic.browser(), clinic.browser()
    back = at_provider(began)
    assert other.get(back).status_code == 403
    other.get(BEGIN)
    assert other.get(back).status_code == 403
    assert began.get(back).status_code == 303


def test_the_same_way_back_works_once(clinic: Any) -> None:
    browser = clinic.browser()
    back = at_provider(browser)
    cookie = browser.cookies["aftercare_openid"]
    assert browser.get(back).status_code == 303
    browser.cookies.set("aftercare_openid", cookie, path=BEGIN)
    assert browser.get(back).status_code == 403


def test_a_way_back_of_yesterday_is_none(clinic: Any) -> None:
    browser = clinic.browser()
    back = at_provider(browser)
    clinic.later(11)
    assert browser.get(back).status_code == 403


def test_a_cookie_that_was_changed_is_worth_nothing(clinic: Any) -> None:
    browser = clinic.browser()
    back = at_provider(browser)
    state = parse_qs(urlsplit(back).query)["state"][0]
    forged = {"state": state, "nonce": "n", "verifier": "v", "until": 9e12, "next": "/staff"}
    body = base64.urlsafe_b64encode(json.dumps(forged).encode()).decode()
    for cookie in (body, f"{body}.", f"{body}.{'0' * 64}", "x.y", ""):
        fresh = clinic.browser()
        fresh.headers["cookie"] = f"aftercare_openid={cookie}"
        assert fresh.get(back).status_code == 403


@pytest.mark.parametrize(
    "query",
    ["error=access_denied", "code=", "", "code=code-1&iss=https%3A%2F%2Fevil.example", "code=never-given"],
)
def test_a_provider_that_lets_nobody_in_is_told_so(clinic: Any, query: str) -> None:
    browser = clinic.browser()
    state = parse_qs(urlsplit(at_provider(browser)).query)["state"][0]
    answer = browser.get(f"{BACK}?state={state}&{query}")
    assert answer.status_code == 403 and "Begin again" in answer.text


@pytest.mark.parametrize("secret", ["another secret", ""])
def test_a_client_that_the_provider_does_not_know_is_told_what_to_check(
    clinic: Any, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    monkeypatch.setenv(SECRET, secret)
    answer = log_in(clinic.browser())
    assert answer.status_code == 502 and SECRET in answer.text


@pytest.mark.parametrize("bent", [{"issuer": "https://evil.example"}, {"authorization_endpoint": None}])
def test_a_provider_that_says_odd_things_of_itself_is_not_used(
    clinic: Any, provider: Provider, bent: dict[str, Any]
) -> None:
    provider.about_bend = bent
    answer = clinic.browser().get(BEGIN)
    assert answer.status_code == 502 and "AC641" in answer.text


def test_a_provider_that_is_away_leaves_the_password(clinic: Any, provider: Provider) -> None:
    gone = OpenId(issuer="http://127.0.0.1:1", client_id=CLIENT)
    clinic.clinic = clinic.clinic.copy(update={"access": Access(second_factor=(), openid=gone)})
    clinic.app = staff_app(
        clinic.engine, clinic.clinic, clinic.clock, Library.load(), Phrases.load(), clinic.feed
    )
    answer = clinic.browser().get(BEGIN)
    assert answer.status_code == 502 and "Log in with your password" in answer.text
    data = {"email": provider.email, "password": "correct horse battery"}
    assert clinic.browser().post("/staff/login", data=data).status_code == 303


@pytest.mark.parametrize(
    "issuer", ["http://login.clinic.example", "login.clinic.example", "https://x/?a=1", ""]
)
def test_an_issuer_without_encryption_is_refused(issuer: str) -> None:
    with pytest.raises(ValidationError):
        OpenId(issuer=issuer, client_id=CLIENT)
