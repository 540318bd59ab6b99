"""What the API does with a lead."""

import json
import time

import pytest

from .leads import LEAD


def test_health(client):
    assert client.get("/health").json() == {"status": "ok"}


def test_a_lead_gets_an_id(client, bearer):
    answer = client.post("/leads", json=LEAD, headers=bearer())
    assert answer.status_code == 201
    assert answer.json()["id"]


def test_the_same_lead_twice_gets_the_same_id(client, bearer):
    first = client.post("/leads", json=LEAD, headers=bearer())
    again = client.post("/leads", json=LEAD, headers=bearer())
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()


def test_another_lead_gets_another_id(client, bearer):
    first = client.post("/leads", json=LEAD, headers=bearer())
    other = client.post("/leads", json=LEAD | {"Id": "00Q5f0Xup4oT9G2ECK"}, headers=bearer())
    assert other.status_code == 201
    assert other.json() != first.json()


@pytest.mark.parametrize("field", ["Id", "LastName", "Company", "ConvertedAccountId"])
def test_a_lead_without_a_required_field_is_refused(client, bearer, field):
    lead = {name: value for name, value in LEAD.items() if name != field}
    answer = client.post("/leads", json=lead, headers=bearer())
    assert answer.status_code == 422
    assert answer.json()["detail"][0]["loc"] == ["body", field]


def test_the_id_of_another_object_is_refused(client, bearer):
    answer = client.post("/leads", json=LEAD | {"Id": "0015f0Xup4oT9G1ACK"}, headers=bearer())
    assert answer.status_code == 422


def test_a_refusal_does_not_repeat_the_lead(client, bearer):
    body = json.dumps(LEAD | {"LastName": "Jerde\ud800"})
    answer = client.post(
        "/leads", content=body, headers=bearer() | {"Content-Type": "application/json"}
    )
    assert answer.status_code == 422
    assert "Jerde" not in answer.text


def test_a_form_is_refused(client, bearer):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = client.post("/leads", content=json.dumps(LEAD), headers=bearer() | form)
    assert answer.status_code == 415


def test_the_answer_says_what_took_how_long(client, bearer):
    answer = client.post("/leads", json=LEAD, headers=bearer())
    names = [part.split(";dur=")[0] for part in answer.headers["server-timing"].split(", ")]
    assert names == ["auth", "db", "total"]


def test_slow_ms_slows_each_lead_down(start, bearer):
    with start(SLOW_MS="50") as slow:
        begun = time.perf_counter()
        assert slow.post("/leads", json=LEAD, headers=bearer()).status_code == 201
        assert time.perf_counter() - begun >= 0.05


def test_leads_outlive_a_restart(start, bearer, tmp_path):
    ids = []
    for _ in range(2):
        with start(LEADS_DB=str(tmp_path / "leads.db")) as restarted:
            ids.append(restarted.post("/leads", json=LEAD, headers=bearer()).json()["id"])
    assert ids[0] == ids[1]
