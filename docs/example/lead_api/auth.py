"""Verifies the token of a callout."""

import os
import re

import jwt
from cryptography.x509 import load_pem_x509_certificate
from fastapi import HTTPException

ISSUER = os.environ.get("JWT_ISSUER", "https://acme.my.salesforce.com")
SUBJECT = os.environ.get("JWT_SUBJECT", "integration@acme.example")
AUDIENCE = os.environ.get("JWT_AUDIENCE", "https://api.example.com/leads")
# How far the clocks of the org and of this machine may differ.
LEEWAY_S = 5


def read_public_key(path: str):
    """The key of a certificate file, as the Setup of an org and `leadbench keys generate` write it."""
    with open(path, "rb") as file:
        return load_pem_x509_certificate(file.read()).public_key()


class Verifier:
    def __init__(self, certificate: str):
        self.key = read_public_key(certificate)

    def verify(self, authorization: list[str]) -> None:
        """Refuses a request with 401 and the reason, unless its one `Authorization` field has a good token."""
        if len(authorization) > 1:
            raise refused("There is more than one Authorization field")
        scheme, _, token = "".join(authorization).partition(" ")
        if scheme.lower() != "bearer":
            # RFC 6750, section 3.1: without a token the challenge has no error.
            raise unauthorized("Bearer")
        try:
            jwt.decode(
                token,
                self.key,
                algorithms=["RS256"],
                issuer=ISSUER,
                subject=SUBJECT,
                audience=AUDIENCE,
                leeway=LEEWAY_S,
                options={"require": ["iss", "sub", "aud", "exp"]},
            )
        except jwt.PyJWTError as why:
            raise refused(str(why)) from why


def refused(why: str) -> HTTPException:
    # RFC 6750 allows these characters in a description; a quote would end the string early.
    why = re.sub(r"[^ !#-\[\]-~]", "'", why)
    return unauthorized(f'Bearer error="invalid_token", error_description="{why}"')


def unauthorized(challenge: str) -> HTTPException:
    return HTTPException(401, "Not authenticated", {"WWW-Authenticate": challenge})
