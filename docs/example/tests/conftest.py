"""A client of the API, and tokens that it accepts or refuses."""

import time
from datetime import datetime, timedelta, timezone

import jwt
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi.testclient import TestClient

from lead_api.app import create_app
from lead_api.auth import AUDIENCE, ISSUER, SUBJECT


@pytest.fixture(scope="session")
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def certificate(key, tmp_path_factory):
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "lead_signing")])
    now = datetime.now(timezone.utc)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("keys") / "lead_signing.crt.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture
def start(certificate, monkeypatch):
    """Starts the API with these variables of the environment, and gives a client of it."""

    def started(**env) -> TestClient:
        defaults = {"JWT_CERT": str(certificate), "LEADS_DB": ":memory:", "SLOW_MS": "0"}
        for name, value in (defaults | env).items():
            monkeypatch.setenv(name, value)
        return TestClient(create_app())

    return started


@pytest.fixture
def client(start):
    with start() as client:
        yield client


@pytest.fixture
def bearer(key):
    """Makes the header field of a token. Claims may differ from those of a good token."""

    def make(signed_by=None, algorithm="RS256", **claims) -> dict:
        now = int(time.time())
        good = {
            "iss": ISSUER,
            "sub": SUBJECT,
            "aud": AUDIENCE,
            "nbf": now,
            "iat": now,
            "exp": now + 300,
        }
        claims = {name: value for name, value in (good | claims).items() if value is not None}
        token = jwt.encode(claims, signed_by or key, algorithm, headers={"kid": "lead_signing"})
        return {"Authorization": f"Bearer {token}"}

    return make
