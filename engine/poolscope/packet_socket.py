"""Packet sockets: what the channel over packets needs of the system, and nothing of pools."""

from __future__ import annotations

import array
import select
import socket
from typing import Final

_ANCILLARY: Final = (
    socket.CMSG_SPACE(array.array("i").itemsize) if hasattr(socket, "CMSG_SPACE") else 0
)
_FLAGS: Final = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


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
    """The parent's end, which never blocks, and the workers', which does."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    theirs.setblocking(True)
    mine = Socket(fileno=ours.detach())
    mine.setblocking(False)
    return mine, theirs


def received(source: socket.socket, buffer: bytearray) -> tuple[int, int | None]:
    """Receive one packet: its length (0: end) and the descriptor that came along."""
    length, ancillary, _flags, _address = source.recvmsg_into([buffer], _ANCILLARY, _FLAGS)
    if not ancillary:
        return length, None
    fds = array.array("i")
    fds.frombytes(ancillary[0][2][: fds.itemsize])
    return length, fds[0]


def send(target: socket.socket, packet: bytes, fd: int | None) -> None:
    """Send one packet, and with it a descriptor; ours stays open."""
    if fd is None:
        target.send(packet)
    else:
        rights = array.array("i", [fd])
        target.sendmsg([packet], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
