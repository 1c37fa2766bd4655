"""A web server of this process alone: it keeps what is put and gives it back."""

import contextlib
import http.server
import threading


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    kept = {}

    def log_message(self, *args):
        pass

    def answer(self, body=b"", **headers):
        self.send_response(200)
        for name, value in {"Content-Length": len(body), "ETag": '"1"', **headers}.items():
            self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.kept[self.path.partition("?")[0] + self.query("partNumber")] = body
        self.answer()

    def do_GET(self):
        self.answer(self.kept.get(self.path.partition("?")[0], self.path.encode()))

    def do_HEAD(self):
        self.do_GET()

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.partition("?")[0]
        inner = f"<Bucket>b</Bucket><Key>{path[3:]}</Key>"
        if "uploads" in self.path:
            inner += "<UploadId>7</UploadId>"
            name = "InitiateMultipartUploadResult"
        else:
            parts = sorted(part for part in self.kept if part.startswith(path + "#"))
            self.kept[path] = b"".join(self.kept.pop(part) for part in parts)
            inner += "<ETag>1</ETag>"
            name = "CompleteMultipartUploadResult"
        self.answer(f"<{name}>{inner}</{name}>".encode(), Content_Type="application/xml")

    def query(self, name):
        _, found, value = self.path.partition(f"{name}=")
        return "#" + value.partition("&")[0].zfill(4) if found else ""


@contextlib.contextmanager
def served():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
