"""A small real OpenID provider: discovery, authorization code with PKCE, signed tokens, its keys, who somebody is."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT, SECRET = "leadrouting", "a secret of the client"


def make_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class OpenIdProvider:
    """Whoever comes is `person`; what the token says can be bent by `claims`, and its signature by `signing_key`."""

    def __init__(self, address: str) -> None:
        self.issuer = address
        self.key = self.signing_key = make_key()
        self.codes: dict[str, dict[str, str]] = {}
        self.about: dict[str, Any] = {}
        self.be("ana@acme.example")

    def be(self, email: str, *, sub: str = "", verified: bool = True, **claims: Any) -> None:
        self.person = {"sub": sub or f"id of {email}", "email": email, "email_verified": verified}
        self.claims, self.about, self.signing_key = claims, {}, self.key

    def answer(self, method: str, address: str, body: str, headers: Any) -> tuple[int, dict[str, str], Any]:
        asked = urlsplit(address)
        given = {name: values[0] for name, values in parse_qs(body or asked.query).items()}
        pages = {
            "/.well-known/openid-configuration": self.discovery,
            "/authorize": self.authorize,
            "/token": self.token,
            "/jwks": self.jwks,
            "/userinfo": self.userinfo,
        }
        page = pages.get(asked.path)
        return page(given, headers) if page else (404, {}, {})

    def discovery(self, given: dict[str, str], headers: Any) -> tuple[int, dict[str, str], Any]:
        pages = {"authorization": "authorize", "token": "token", "userinfo": "userinfo"}
        found = {f"{name}_endpoint": f"{self.issuer}/{page}" for name, page in pages.items()}
        return 200, {}, found | {
            "issuer": self.issuer,
            "jwks_uri": f"{self.issuer}/jwks",
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
        }  # fmt: skip

    def authorize(self, given: dict[str, str], headers: Any) -> tuple[int, dict[str, str], Any]:
        assert given["response_type"] == "code" and given["client_id"] == CLIENT
        assert "openid" in given["scope"].split() and given["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe()
        self.codes[code] = given
        return 302, {"Location": f"{given['redirect_uri']}?{urlencode({'code': code, 'state': given['state']})}"}, {}

    def token(self, given: dict[str, str], headers: Any) -> tuple[int, dict[str, str], Any]:
        asked = self.codes.pop(given.get("code", ""), None)
        digest = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or challenge != asked["code_challenge"] or given["redirect_uri"] != asked["redirect_uri"]:
            return 400, {}, {"error": "invalid_grant"}
        if (given["client_id"], given["client_secret"]) != (CLIENT, SECRET):
            return 401, {}, {"error": "invalid_client"}
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, **self.person, **self.claims}
        signed = jwt.encode(claims, self.signing_key, algorithm="RS256", headers={"kid": "1"})
        return 200, {}, {"access_token": "t", "token_type": "Bearer", "expires_in": 300, "id_token": signed}

    def jwks(self, given: dict[str, str], headers: Any) -> tuple[int, dict[str, str], Any]:
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        return 200, {}, {"keys": [public | {"kid": "1", "use": "sig", "alg": "RS256"}]}

    def userinfo(self, given: dict[str, str], headers: Any) -> tuple[int, dict[str, str], Any]:
        return (200, {}, self.person | self.about) if headers["Authorization"] == "Bearer t" else (401, {}, {})


@contextmanager
def running(port: int) -> Iterator[OpenIdProvider]:
    provider = OpenIdProvider(f"http://127.0.0.1:{port}")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers["Content-Length"])).decode())

        def _answer(self, body: str) -> None:
            status, headers, content = provider.answer(self.command, self.path, body, self.headers)
            sent = json.dumps(content).encode()
            self.send_response(status)
            for name, value in {
                "Content-Type": "application/json",
                "Content-Length": str(len(sent)),
                **headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
