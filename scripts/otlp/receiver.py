"""A collector of our own: it keeps what it gets, and answers as it is told."""

import gzip
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from processes import eventually

OK = (200, b"")


class Got:
    """A request."""

    def __init__(self, handler, body):
        self.path, self.headers, self.body = handler.path, handler.headers, body
        if self.headers["content-encoding"] == "gzip":
            self.body = gzip.decompress(body)


class Receiver:
    """Answers the requests in order, the last answer for all that follow.

    An answer is a status and a body, raw bytes in place of HTTP, or None: silence until the end. With
    `ignores`, it answers such requests with OK, and does not keep them.
    """

    def __init__(self, *answers, tls=None, ignores=lambda body: False):
        self.answers, self.got, self.lock, self.end = answers or (OK,), [], threading.Lock(), threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                got, answer = Got(self, self.rfile.read(int(self.headers["content-length"]))), OK
                with receiver.lock:
                    if not ignores(got.body):
                        answer = receiver.answers[min(len(receiver.got), len(receiver.answers) - 1)]
                        receiver.got.append(got)
                if answer is None:
                    receiver.end.wait()
                    self.close_connection = True
                elif isinstance(answer, bytes):
                    self.wfile.write(answer)
                    self.close_connection = True
                else:
                    status, body, *headers = answer
                    self.send_response(status)
                    for name, value in headers:
                        self.send_header(name, value)
                    self.send_header("content-length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                """A client may go away."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.scheme = "https" if tls else "http"
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.server.socket = context.wrap_socket(
                self.server.socket, server_side=True, do_handshake_on_connect=False
            )
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self):
        return f"{self.scheme}://127.0.0.1:{self.server.server_port}"

    def wait_for(self, count):
        eventually(f"{count} requests", lambda: len(self.got) >= count)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end.set()
        self.server.shutdown()
        self.server.server_close()
