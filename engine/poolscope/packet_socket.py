"""Packet sockets: what the channel over packets needs of the system, and nothing of pools."""

from __future__ import annotations

import array
import select
import socket
import struct
from typing import Any, Final

ANCILLARY: Final = (
    socket.CMSG_SPACE(array.array("i").itemsize) if hasattr(socket, "CMSG_SPACE") else 0
)
FLAGS: Final = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


class Socket(socket.socket):
    """A socket whose descriptor lives until its last user lets go.

    ``close`` while another thread is in ``send`` could hand the number to a new file in the
    middle; dropping the reference cannot. The standard finalizer would warn about that.
    """

    def __del__(self) -> None:
        self.close()


def works() -> bool:
    """Whether this system has what the channel needs; tried, not guessed from a name."""
    if not hasattr(socket, "AF_UNIX") or not hasattr(select, "poll"):
        return False
    if not hasattr(socket.socket, "recvmsg_into"):
        return False
    try:
        one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    except OSError:
        return False
    one.close()
    other.close()
    return True


def pair() -> tuple[Socket, socket.socket]:
    """The parent's end, and the workers'. Both would block: who must not says so each time."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs.setblocking(True)
    mine = Socket(fileno=ours.detach())
    mine.setblocking(True)  # whatever the default timeout is
    return mine, theirs


def received(source: socket.socket, buffer: bytearray, flags: int = 0) -> tuple[int, int | None]:
    """Receive one packet: its length (0: end) and the descriptor that came along."""
    length, ancillary, _flags, _address = source.recvmsg_into([buffer], ANCILLARY, FLAGS | flags)
    return length, descriptor(ancillary) if ancillary else None


def descriptor(ancillary: list[Any]) -> int | None:
    """The descriptor that came along with a packet; ``None`` without one."""
    if not ancillary:
        return None
    fds = array.array("i")
    fds.frombytes(ancillary[0][2][: fds.itemsize])
    return fds[0]


def send(target: socket.socket, packet: bytes, fd: int | None, flags: int = 0) -> None:
    """Send one packet, and with it a descriptor; ours stays open."""
    if fd is None:
        target.send(packet, flags)
    else:
        rights = array.array("i", [fd])
        target.sendmsg([packet], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)], flags)


def limit_waiting(source: socket.socket, seconds: float) -> bool:
    """Have the system end each blocking receive after ``seconds``; whether it will."""
    asked = struct.pack("@ll", int(seconds), round(seconds % 1 * 1_000_000))
    try:
        source.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, asked)
        set_to = source.getsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, len(asked))
    except OSError:
        return False
    return len(set_to) == len(asked) and set_to != bytes(len(asked))
