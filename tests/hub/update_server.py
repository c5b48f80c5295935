"""A server on loopback that offers updates over TLS, with a certificate made for the test, and a plain one beside it."""

import datetime as dt
import ipaddress
import ssl
import threading
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.hub.server import LoopbackServer


def make_certificate(file: Path) -> None:
    """Write a certificate for 127.0.0.1 with its key, which signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    day = dt.timedelta(days=1)
    host = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(1)
    made = made.not_valid_before(now - day).not_valid_after(now + day).add_extension(host, critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM) + private)


class UpdateServer:
    """Gives what `files` has, and counts; runs from `start` to `stop`."""

    def __init__(self, certificate: Path) -> None:
        self.files: dict[str, bytes] = {}
        self.redirects: dict[str, str] = {}
        self.statuses: dict[str, int] = {}
        self.drop_after: dict[str, int] = {}
        """After how many bytes of the body the connection is closed, for the next request of a path."""
        self.statuses_after_drop: dict[str, int] = {}
        """What a path answers from then on."""
        self.requests: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.ranges: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            timeout = 30

            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                server.serve(self)

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._safe = LoopbackServer(Handler)
        self._safe.socket = context.wrap_socket(self._safe.socket, server_side=True, do_handshake_on_connect=False)
        self._plain = LoopbackServer(Handler)
        self._threads = []
        for each in (self._safe, self._plain):
            self._threads.append(threading.Thread(target=each.serve_forever, args=(0.02,), name="update-server"))

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self._safe.server_port}"

    @property
    def plain(self) -> str:
        return f"http://127.0.0.1:{self._plain.server_port}"

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        for each, thread in zip((self._safe, self._plain), self._threads, strict=True):
            each.shutdown()
            thread.join()
            each.server_close()

    def serve(self, request: BaseHTTPRequestHandler) -> None:
        path = request.path
        self.requests.append(path)
        self.headers.append(dict(request.headers))
        if path in self.redirects:
            self._head(request, 302, 0, {"Location": self.redirects[path]})
            return
        status = self.statuses.get(path, 200 if path in self.files else 404)
        if status != 200:
            self._head(request, status, 0, {})
            return
        data = self.files[path]
        asked = request.headers.get("Range", "")
        first = int(asked.removeprefix("bytes=").partition("-")[0]) if asked else 0
        headers = {}
        if asked:
            self.ranges.append(asked)
            headers["Content-Range"] = f"bytes {first}-{len(data) - 1}/{len(data)}"
        self._head(request, 206 if asked else 200, len(data) - first, headers)
        stop = self.drop_after.pop(path, None)
        if stop is not None and path in self.statuses_after_drop:
            self.statuses[path] = self.statuses_after_drop[path]
        request.wfile.write(data[first:] if stop is None else data[first : first + stop])
        request.close_connection = True

    def _head(self, request: BaseHTTPRequestHandler, status: int, length: int, headers: dict[str, str]) -> None:
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(length))
        request.end_headers()
