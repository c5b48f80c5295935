"""Messages on a pipe: msgspec's MessagePack encoding, one message per `send_bytes`, never pickled."""

from typing import Generic, TypeVar

import msgspec

from desktop_app.support.pipe import Pipe

Incoming = TypeVar("Incoming")


class Wire(Generic[Incoming]):
    """One end of a pipe that sends structs and receives the union `incoming`.

    `send` and `receive` block; each may be used by one thread at a time. `receive` raises EOFError
    when the other end is gone, and msgspec.DecodeError on bytes that are no message.
    """

    def __init__(self, connection: Pipe, incoming: object) -> None:
        self._connection = connection
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder: msgspec.msgpack.Decoder[Incoming] = msgspec.msgpack.Decoder(incoming)

    def send(self, message: msgspec.Struct) -> None:
        """Write one message; raises OSError (BrokenPipeError) when the other end is gone."""
        self._connection.send_bytes(self._encoder.encode(message))

    def receive(self) -> Incoming:
        """Read the next message."""
        return self._decoder.decode(self._connection.recv_bytes())

    def close(self) -> None:
        """Close this end; a second call does nothing."""
        self._connection.close()
