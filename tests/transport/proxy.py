"""The proxy of a company: the only way to a Slack whose addresses no machine here knows.

It takes ``CONNECT``, ends TLS with a certificate of its own, and hands on what was inside to the local
workspace.
"""

import base64
import socket
import socketserver
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event, Semaphore, Thread
from typing import Self
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

MOST_BYTES = 1 << 16
MUTE_S = 30.0


class Proxy(socketserver.ThreadingTCPServer):
    """The proxy. ``with Proxy(folder, {"slack.test": "http://127.0.0.1:4321"}) as proxy:`` runs it.

    ``asked``: which hosts were asked for; ``passwords``: who has said to be who.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, folder: Path, behind: Mapping[str, str]) -> None:
        """Keep its certificate in this folder; ``behind``: what each host is in truth."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind = behind
        self.asked: list[str] = []
        self.passwords: list[str] = []
        self.speaks = Event()
        self.speaks.set()
        self.silent = Semaphore(0)
        self.certificate = folder / "certificate.pem"
        self.tls = _tls(self.certificate, folder / "key.pem", list(behind))
        self.address = f"127.0.0.1:{self.server_address[1]}"
        self._thread = Thread(target=self.serve_forever, args=(0.02,), name="proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    @contextmanager
    def mute(self) -> Iterator[None]:
        """Inside, whoever asks gets no answer; afterwards they are hung up on."""
        self.speaks.clear()
        yield
        self.speaks.set()

    def is_asked(self) -> bool:
        """Whether somebody asks who gets no answer; waits until then."""
        return self.silent.acquire(timeout=MUTE_S)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a bot that ends leaves broken connections behind."""


class _Handler(socketserver.BaseRequestHandler):
    server: Proxy

    def handle(self) -> None:
        method, target, headers = _head(self.request)
        host = target.rpartition(":")[0]
        self.server.asked.append(host)
        if not self.server.speaks.is_set():
            self.server.silent.release()
            self.server.speaks.wait(MUTE_S)
            return
        if method != "CONNECT" or host not in self.server.behind:
            self.request.sendall(b"HTTP/1.1 502 Not known here\r\nContent-Length: 0\r\n\r\n")
            return
        if said := headers.get("proxy-authorization", ""):
            self.server.passwords.append(base64.b64decode(said.partition(" ")[2]).decode())
        self.request.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
        to = urlsplit(self.server.behind[host])
        with (
            self.server.tls.wrap_socket(self.request, server_side=True) as inside,
            socket.create_connection((str(to.hostname), to.port)) as behind,
        ):
            back = Thread(target=_pump, args=(behind, inside), daemon=True)
            back.start()
            _pump(inside, behind)
            back.join()


def _head(peer: socket.socket) -> tuple[str, str, dict[str, str]]:
    read = b""
    while b"\r\n\r\n" not in read:
        more = peer.recv(MOST_BYTES)
        if not more:
            return "", "", {}
        read += more
    first, *lines = read.decode("latin-1").split("\r\n")
    pairs = [line.partition(": ") for line in lines if line]
    method, target, _ = first.split(" ", 2)
    return method, target, {name.lower(): value for name, _, value in pairs}


def _pump(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while some := one.recv(MOST_BYTES):
            other.sendall(some)
    for end in (one, other):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


def _tls(certificate: Path, key: Path, hosts: list[str]) -> ssl.SSLContext:
    """What a server needs that says to be all of these; whoever trusts the certificate believes it."""
    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "A company's proxy")])
    now = datetime.now(UTC)  # noqa: TID251 - the real one, by which certificates are judged
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(secret, hashes.SHA256())
    )
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        secret.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    return context
