"""A small npm registry with the manners of the real one: ETag and 304, abbreviated packuments
without `time`, dist-tags at an endpoint of their own, 404 for what is not there, credentials, and
whatever trouble a test asks for."""

import gzip
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote

ABBREVIATED = "application/vnd.npm.install-v1+json"


class Registry:
    """`with Registry() as registry:`; `registry.url` is where it is."""

    def __init__(self, token=None):
        self.packages = {}   # name -> packument, or bytes that are sent as they are
        self.files = {}      # path below /npm/ -> bytes: published files
        self.trouble = {}    # name -> [function(handler), …], each for one request
        self.requests = []   # (path, headers, status)
        self.token = token
        self.etags = True
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self.handler())
        self.server.daemon_threads = True

    @property
    def host(self):
        return f"127.0.0.1:{self.server.server_address[1]}"

    @property
    def url(self):
        return f"http://{self.host}/npm/"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def publish(self, name, *versions, time="2026-01-01T00:00:00.000Z", **tags):
        """Adds versions; tags move."""
        package = self.packages.setdefault(name, {"name": name, "dist-tags": {}, "versions": {},
                                                  "time": {"created": time}})
        for version in versions:
            package["versions"][version] = {"name": name, "version": version, "dist": {}}
            package["time"][version] = time
        package["dist-tags"].update(tags)

    def body(self, path, accept):
        """The bytes for a path below /npm/, or None."""
        if path.startswith("-/package/") and path.endswith("/dist-tags"):
            package = self.packages.get(path[len("-/package/"):-len("/dist-tags")])
            return package and json.dumps(package["dist-tags"]).encode()
        package = self.packages.get(path, self.files.get(path))
        if package is None or isinstance(package, bytes):
            return package
        if ABBREVIATED in accept:
            package = {key: value for key, value in package.items() if key != "time"}
        return json.dumps(package).encode()

    def handler(registry):  # pylint: disable=no-self-argument
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self, status, body=b"{}", **headers):
                registry.requests.append((unquote(self.path), dict(self.headers), status))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def truncate(self):
                """Says more than it sends."""
                registry.requests.append((unquote(self.path), dict(self.headers), 200))
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                self.wfile.write(b'{"versions":{')
                self.close_connection = True

            def do_GET(self):  # pylint: disable=invalid-name
                name = unquote(self.path).removeprefix("/npm/")
                if registry.trouble.get(name):
                    registry.trouble[name].pop(0)(self)
                elif registry.token and (self.headers.get("Authorization") !=
                                         f"Bearer {registry.token}"):
                    self.answer(401)
                else:
                    self.give(registry.body(name, self.headers.get("Accept", "")))

            def give(self, body):
                if body is None:
                    self.answer(404, b'{"error":"Not found"}')
                    return
                etag = '"' + hashlib.sha1(body).hexdigest() + '"'
                if registry.etags and self.headers.get("If-None-Match") == etag:
                    self.answer(304, b"", ETag=etag)
                    return
                extra = {"ETag": etag} if registry.etags else {}
                if "gzip" in self.headers.get("Accept-Encoding", "") and len(body) > 1000:
                    body, extra["Content_Encoding"] = gzip.compress(body, 1), "gzip"
                self.answer(200, body, Content_Type="application/json", **extra)

        return Handler
