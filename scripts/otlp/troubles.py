"""What a bad collector does to a run: nothing but a note, and a short wait."""

import base64
import secrets
import unicodedata
import zlib

from complete import equals_summary, request, values
from decode import is_last
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from processes import WORK, Run, check, free_address
from receiver import OK, Receiver

# The last metrics are tried for 10 s. The request before them may take 4 s.
LAST_S, SPARE_S = 10, 3
TOKEN = "canary-" + secrets.token_hex(8)
HEADERS = {"OTEL_EXPORTER_OTLP_HEADERS": f"authorization=Bearer%20{TOKEN},x-tenant={TOKEN}-2"}
ECHO = f"you sent Bearer {TOKEN} and {TOKEN}-2 and Bearer%20{TOKEN} and {TOKEN}\n".encode()


def unchanged(run, limit_s=LAST_S, fails=True):
    """The run ended as by itself, in time, with one line about the last push if that failed, and one at most before."""
    code = run.code()
    check(code == run.own_code(), run.name, "ended with", code, "and not", run.own_code(), run.said.read_text())
    lasted = run.lasted_s()
    check(lasted < limit_s + SPARE_S, run.name, "ended", lasted, "s after its reports were there")
    said = run.notes()
    starts = [line.split(":")[0] for line in said]
    check(starts in (["warning"] * fails, ["note"] + ["warning"] * fails), run.name, "said", said)
    kinds = {unicodedata.category(one) for one in run.said.read_text().replace("\n", "")}
    check(not kinds & {"Cc", "Cf", "Zl", "Zp"}, run.name, "printed control characters:", said)
    tells_nothing(run)
    return said, lasted


def tells_nothing(run):
    """The token is in no output and in no file of the run, packed or not."""
    contents = {run.said: run.said.read_bytes()}
    for file in run.folder.rglob("*"):
        if file.is_file():
            contents[file] = file.read_bytes()
    recording = run.folder / "recording.lbr"
    rest = contents[recording].split(b"\n", 1)[1]
    while rest:
        length = int.from_bytes(rest[1:5], "little")
        contents[recording] += zlib.decompress(rest[9 : 9 + length])
        rest = rest[9 + length :]
    raw = TOKEN.encode()
    for file, content in contents.items():
        forms = (raw, raw.hex().encode(), base64.b64encode(raw)[:-4], base64.b64encode(b"Bearer " + raw)[:-4])
        check(not any(form in content for form in forms), "the token is in", file)


def arrives_with_header(receiver):
    for got in receiver.got:
        check(got.headers.get_all("authorization") == [f"Bearer {TOKEN}"], "another header:", got.headers)
        check(got.headers.get_all("x-tenant") == [f"{TOKEN}-2"], "another header:", got.headers)


def busy_at_the_end():
    answers = (503, ECHO), (503, b"", ("retry-after", "1")), OK
    with Receiver(*answers, ignores=lambda body: not is_last(body)) as receiver:
        run = Run("busy", receiver.url, env=HEADERS)
        unchanged(run, fails=False)
        check(len(receiver.got) == 3, "tried", len(receiver.got), "times and not 3")
        last = request(receiver.got[-1])
        equals_summary(run, values(last), last.resource)
        arrives_with_header(receiver)
    return "503 twice, then 200: the last metrics arrive"


def refuses():
    """From the first push on: a note in the run, and a warning at its end."""
    with Receiver((400, ECHO)) as receiver:
        run = Run("refuses", receiver.url, env=HEADERS, duration="6s")
        (during, end), _ = unchanged(run, limit_s=1)
        arrives_with_header(receiver)
        tries = sum(is_last(got.body) for got in receiver.got)
        check(tries == 1, "what will not pass is tried again:", tries)
    check("status 400" in during and "status 400" in end, during, end)
    return f"400: {end}"


def absent():
    (*_, note), lasted = unchanged(Run("absent", f"http://{free_address()}", env=HEADERS))
    return f"not there, {lasted:.1f} s: {note}"


def silent():
    """The end comes while a request waits."""
    with Receiver(None) as receiver:
        run = Run("silent", receiver.url, env=HEADERS, duration="6s")
        (_, note), lasted = unchanged(run, limit_s=LAST_S)
    return f"never answers, {lasted:.1f} s: {note}"


def rejects_a_part():
    answer = ExportMetricsServiceResponse()
    answer.partial_success.rejected_data_points = 7
    answer.partial_success.error_message = "\x1b[31mno\r\nwarning: all is well\0\x7f\x9b\u2028\u202e" + ECHO.decode()
    with Receiver((200, answer.SerializeToString())) as receiver:
        (*_, note), _ = unchanged(Run("part", receiver.url, env=HEADERS), limit_s=1)
    check("rejected 7 data points" in note, note)
    return f"a part: {note[:150]}"


def speaks_otherwise():
    """No HTTP, but the token."""
    with Receiver(b"HTTP/1.1 500 " + ECHO.strip() + b"\r\n" + ECHO + b"\r\n\r\n" + ECHO) as receiver:
        (*_, note), _ = unchanged(Run("otherwise", receiver.url, env=HEADERS))
    return f"no HTTP: {note}"


def damaged_variable():
    """Each ends before the load, and does not repeat the value."""
    damaged = (f"authorization={TOKEN}%zz", TOKEN, f"authorization={TOKEN}%0d%0ax: y", f"a b={TOKEN}", f"x=1,={TOKEN}")
    for number, value in enumerate(damaged):
        with Receiver() as receiver:
            run = Run(f"damaged-{number}", receiver.url, env={"OTEL_EXPORTER_OTLP_HEADERS": value})
            code, said = run.code(), run.said.read_text()
            check(code == 4 and TOKEN not in said, value, "ended with", code, said)
            check("OTEL_EXPORTER_OTLP_HEADERS" in said and "hint:" in said, "does not say what is wrong:", said)
            check(not receiver.got, "metrics were sent")
            check(not (WORK / "reports" / run.name).exists(), "a load was made")
    return f"{len(damaged)} damaged variables end with exit code 4"
