"""Which tokens are accepted."""

import time

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from .leads import LEAD


def test_a_good_token_is_accepted(client, bearer):
    assert client.post("/leads", json=LEAD, headers=bearer()).status_code == 201


def refusal(answer) -> str:
    assert answer.status_code == 401
    challenge = answer.headers["www-authenticate"]
    assert challenge.startswith('Bearer error="invalid_token", error_description="')
    return challenge


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic dXNlcjpwYXNz"}])
def test_a_request_without_a_token_is_refused(client, headers):
    answer = client.post("/leads", json=LEAD, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"


def test_two_tokens_are_refused(client, bearer):
    headers = list(bearer().items()) + list(bearer().items())
    assert "more than one" in refusal(client.post("/leads", json=LEAD, headers=headers))


def test_a_token_of_another_key_is_refused(client, bearer):
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    answer = client.post("/leads", json=LEAD, headers=bearer(signed_by=other))
    assert "Signature verification failed" in refusal(answer)


def test_a_token_of_another_algorithm_is_refused(client, bearer):
    answer = client.post("/leads", json=LEAD, headers=bearer(algorithm="RS512"))
    assert "alg" in refusal(answer)


@pytest.mark.parametrize(
    "claim, value, why",
    [
        ("exp", int(time.time()) - 60, "expired"),
        ("exp", None, "exp"),
        ("nbf", int(time.time()) + 600, "not yet valid"),
        ("aud", "https://api.example.com/other", "Audience"),
        ("sub", "other@acme.example", "subject"),
        ("sub", None, "sub"),
        ("iss", "https://other.my.salesforce.com", "issuer"),
    ],
)
def test_a_wrong_claim_is_refused(client, bearer, claim, value, why):
    answer = client.post("/leads", json=LEAD, headers=bearer(**{claim: value}))
    assert why in refusal(answer)


def test_a_description_cannot_end_the_header_early(client):
    answer = client.post("/leads", json=LEAD, headers={"Authorization": 'Bearer a"b.c.d'})
    assert refusal(answer).count('"') == 4
