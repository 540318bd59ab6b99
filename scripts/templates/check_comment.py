"""One comment for each job, updated by later runs; a token that may only read."""

from check_action import BROKEN, MEASURED, use
from fakes import READER, WRITER
from world import free_port

PULL_REQUEST = {"token": WRITER, "event": {"pull_request": {"number": 7}}}


def check_a_comment_is_written_once_and_then_updated(world):
    # A hundred other comments come before it, and someone else has copied the marker.
    forged = {"id": 1, "body": "<!-- leadbench: my-duel -->", "user": {"type": "User"}, "author_association": "NONE"}
    others = [{"id": n, "body": None, "user": {"type": "User"}, "author_association": "OWNER"} for n in range(2, 101)]
    world.fakes.comments += [forged, *others]
    given = {"github": PULL_REQUEST, "comment": "true", "comment-key": "my duel --> <b>"}
    forged["body"] = "<!-- leadbench: my-duel-b- -->"
    code, _, job = use(world, **given)
    assert code in MEASURED and "is written" in job.log, job.log
    code, _, job = use(world, **given, args=BROKEN)
    assert code == 1 and "is updated" in job.log, job.log
    assert len(world.fakes.asked("POST")) == 1 and len(world.fakes.asked("PATCH")) == 1
    assert len(world.fakes.comments) == 101 and "FAILED" in world.fakes.comments[-1]["body"]
    assert world.fakes.comments[-1]["body"].startswith("<!-- leadbench: my-duel-b- -->\n"), world.fakes.comments[-1]
    assert "/someone/api/actions/runs/77" in world.fakes.comments[-1]["body"]
    assert forged["body"] == "<!-- leadbench: my-duel-b- -->"


def check_another_job_has_another_comment(world):
    for key in ("a", "b", "a", ""):
        code, _, job = use(world, github=PULL_REQUEST, comment="true", **{"comment-key": key})
        assert code in MEASURED, job.log
    assert len(world.fakes.comments) == 3
    assert world.fakes.comments[-1]["body"].startswith("<!-- leadbench: a-workflow/a_job -->")


def check_the_token_of_a_fork_does_not_fail_the_job(world):
    code, _, job = use(world, github={**PULL_REQUEST, "token": READER}, comment="true")
    assert code in MEASURED and "::notice" in job.log and "status 403" in job.log and "fork" in job.log, job.log
    assert not world.fakes.comments


def check_what_else_keeps_a_comment_away(world):
    for github, said in (({"token": WRITER}, "belongs to no pull request"),
                         ({**PULL_REQUEST, "token": "ghs_unknown"}, "status 401"),
                         ({**PULL_REQUEST, "token": 'a"\nurl = "http://127.0.0.1/"'}, "is not a token"),
                         ({"token": WRITER, "event": {"pull_request": {"number": "7/../8"}}}, "belongs to no pull request")):
        code, _, job = use(world, github=github, comment="true")
        assert code in MEASURED and said in job.log, job.log
    world.env["GITHUB_API_URL"] = f"http://127.0.0.1:{free_port()}"
    code, _, job = use(world, github=PULL_REQUEST, comment="true")
    assert code in MEASURED and "::warning" in job.log, job.log
    assert not world.fakes.comments
