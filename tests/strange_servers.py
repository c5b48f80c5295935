"""Servers that are no servers for models, or not ones that can be used; each answers on a port of this computer."""

import random
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Behaviour = Callable[[socket.socket], None]
GB = 1_000_000_000


@contextmanager
def answering(behaviour: Behaviour, host: str = "127.0.0.1") -> Iterator[str]:
    """Give the address of a server that treats each connection so."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, 0), family=family)
    port = listener.getsockname()[1]
    threads: list[threading.Thread] = []
    open_now: list[socket.socket] = []

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _from = listener.accept()
                open_now.append(connection)
                threads.append(threading.Thread(target=treat, args=(connection,), daemon=True))
                threads[-1].start()

    def treat(connection: socket.socket) -> None:
        with suppress(OSError):
            behaviour(connection)
        connection.close()

    threads.append(threading.Thread(target=serve, daemon=True))
    threads[0].start()
    try:
        yield f"[{host}]:{port}" if family is socket.AF_INET6 else f"{host}:{port}"
    finally:
        for each in (listener, *open_now):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in threads:
            thread.join()


def dead_address() -> str:
    """Return an address at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"127.0.0.1:{listener.getsockname()[1]}"


def random_bytes(connection: socket.socket) -> None:
    connection.sendall(random.Random(7).randbytes(4096))
    connection.recv(4096)


def http(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def closes(connection: socket.socket) -> None:
    del connection


def reads_and_closes(connection: socket.socket) -> None:
    """As llama.cpp's servers do whose protocol is older."""
    connection.recv(4096)


def silent(connection: socket.socket) -> None:
    while connection.recv(4096):
        pass


def stops_in_the_middle(connection: socket.socket) -> None:
    connection.sendall(struct.pack("<Q", 28) + b"\x07\x00")
    silent(connection)


def closes_in_the_middle(connection: socket.socket) -> None:
    connection.recv(4096)
    connection.sendall(struct.pack("<Q", 28) + b"\x07\x00")


def echoes(connection: socket.socket) -> None:
    while got := connection.recv(65536):
        connection.sendall(got)


def speaks(
    version: tuple[int, int, int] = (7, 0, 0), devices: tuple[tuple[int, int], ...] = ((GB, 2 * GB),), count: int = -1
) -> Behaviour:
    """Speak the protocol, in a `version`, with `devices` that have so much memory free and in all."""

    def serve(connection: socket.socket) -> None:
        def answer(content: bytes) -> None:
            connection.sendall(struct.pack("<Q", len(content)) + content)

        while True:
            command, size = struct.unpack("<BQ", _exactly(connection, 9))
            content = _exactly(connection, size)
            if command == 14:
                answer(struct.pack("<4B24x", *version, 0))
            elif command == 15:
                answer(struct.pack("<I", len(devices) if count < 0 else count))
            elif command == 11:
                answer(struct.pack("<QQ", *devices[struct.unpack("<I", content)[0]]))
            else:
                return  # it can do no more than greet

    return serve


def _exactly(connection: socket.socket, size: int) -> bytes:
    got = b""
    while len(got) < size:
        piece = connection.recv(size - len(got))
        if not piece:
            raise OSError
        got += piece
    return got


def greets_once() -> Behaviour:
    """Answer the first connection, and take all others without a word: as a server that another computer has taken."""
    greet, known = speaks(devices=((20 * GB, 20 * GB),)), []

    def serve(connection: socket.socket) -> None:
        known.append(connection)
        (greet if len(known) == 1 else silent)(connection)

    return serve
