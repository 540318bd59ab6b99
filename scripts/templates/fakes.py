"""A release server, GitHub's API and GitLab's API on one free port of this machine; requests are recorded."""

import http.server
import json
import threading
import urllib.parse

# Each stands for one kind of token. None of them may ever be seen in an output.
WRITER, READER = "ghs_writer0123456789", "ghs_reader0123456789"
PROJECT, WEAK = "glpat-project0123456789", "glpat-weak0123456789"
TOKENS = (WRITER, READER, PROJECT, WEAK)


class Fakes:
    def __init__(self, releases):
        self.releases = releases
        self.requests, self.comments, self.notes, self.pulls = [], [], [], []
        handler = type("Bound", (Handler,), {"fakes": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def asked(self, method, path=""):
        return [body for its, where, body in self.requests if its == method and path in where]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def reply(self, status, data):
        body = data if isinstance(data, bytes) else json.dumps(data).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        url = urllib.parse.urlsplit(self.path)
        self.fakes.requests.append((self.command, self.path, body))
        query = dict(urllib.parse.parse_qsl(url.query))
        for begin, serve in (("/releases/", self.release), ("/repos/someone/api/", self.github), ("/api/v4/", self.gitlab)):
            if url.path.startswith(begin):
                return self.reply(*serve(url.path.removeprefix(begin), query, body))
        return self.reply(404, {})

    do_GET = do_POST = do_PATCH = do_PUT = answer

    def release(self, path, _query, _body):
        file = self.fakes.releases / path
        return (200, file.read_bytes()) if file.is_file() else (404, b"Not Found")

    def github(self, path, query, body):
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in (WRITER, READER):
            return 401, {"message": "Bad credentials"}
        if path == "pulls":
            return 200, [pull for pull in self.fakes.pulls if pull["head"]["label"] == query["head"]]
        if self.command != "GET" and token == READER:
            return 403, {"message": "Resource not accessible by integration"}
        return change(self.command, path, "issues/7/comments", "issues/comments/", self.fakes.comments, query, body,
                      {"user": {"type": "Bot"}, "author_association": "NONE"})

    def gitlab(self, path, query, body):
        token = self.headers.get("PRIVATE-TOKEN")
        if token not in (PROJECT, WEAK):
            return 401, {"message": "401 Unauthorized"}
        if path == "user":
            return 200, {"id": 41}
        if self.command != "GET" and token == WEAK:
            return 403, {"message": "403 Forbidden"}
        notes = "projects/5/merge_requests/3/notes"
        return change(self.command, path, notes, f"{notes}/", self.fakes.notes, query, body, {"author": {"id": 41}})


def change(method, path, all_of_them, one_of_them, kept, query, body, author):
    """Lists, adds or changes comments, as both APIs do."""
    if path == all_of_them and method == "GET":
        size, page = int(query.get("per_page", 20)), int(query.get("page", 1))
        return 200, kept[(page - 1) * size:page * size]
    if path == all_of_them and method == "POST":
        kept.append({"id": 1000 + len(kept), "body": body["body"], **author})
        return 201, kept[-1]
    for comment in kept:
        if path == f"{one_of_them}{comment['id']}" and method in ("PATCH", "PUT"):
            comment["body"] = body["body"]
            return 200, comment
    return 404, {}
