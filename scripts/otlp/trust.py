"""https: whom a run trusts."""

import shutil
import subprocess

from complete import request
from processes import WORK, Run, check
from receiver import Receiver
from troubles import unchanged


def openssl(*words):
    subprocess.run(["openssl", *words], cwd=WORK, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def certificate():
    """A CA, and a certificate of it for 127.0.0.1."""
    key = ("-newkey", "rsa:2048", "-nodes")
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=a CA", "-days", "1")
    openssl("req", *key, "-keyout", "tls.key", "-out", "tls.csr", "-subj", "/CN=collector")
    (WORK / "tls.ext").write_text("subjectAltName=IP:127.0.0.1\n")
    signed = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-extfile", "tls.ext", "-days", "1")
    openssl("x509", "-req", "-in", "tls.csr", "-out", "tls.pem", *signed)
    return WORK / "tls.pem", WORK / "tls.key"


def trust():
    if not shutil.which("openssl"):
        return "SKIPPED: https; openssl is missing"
    with Receiver(tls=certificate()) as receiver:
        (*_, note), _ = unchanged(Run("stranger", receiver.url))
        check(not receiver.got, "a stranger got metrics")
        run = Run("trusted", receiver.url, env={"SSL_CERT_FILE": str((WORK / "ca.pem").resolve())})
        unchanged(run, fails=False)
        request(receiver.got[-1])
    return f"https by a CA that only SSL_CERT_FILE makes known; without it: {note}"
