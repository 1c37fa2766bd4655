"""A screen of our own to show a real window on, and a hand to work it: Xvfb and xdotool.

Xvfb keeps its picture in a file that is mapped here: what is on the screen at this moment can be
read in microseconds and without a request to anybody, so looking disturbs neither the window nor a
measurement.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]

# The file is an XWD one: a header of 4-byte numbers, big endian, the colour map, then the picture.
_HEADER = struct.Struct(">25I")
_COLOUR_SIZE = 12
START_S = 20
_CLIENT_MESSAGE = 33


class _ClientMessage(ctypes.Structure):
    """Xlib's XClientMessageEvent, padded to the size of the union it is a part of."""

    _fields_ = [
        ("type", ctypes.c_int),
        ("serial", ctypes.c_ulong),
        ("send_event", ctypes.c_int),
        ("display", ctypes.c_void_p),
        ("window", ctypes.c_ulong),
        ("message_type", ctypes.c_ulong),
        ("format", ctypes.c_int),
        ("data", ctypes.c_long * 5),
        ("padding", ctypes.c_long * 24),
    ]


class Screen:
    """An X server with one screen, for as long as the ``with`` block lasts.

    Raises:
        FileNotFoundError: Xvfb or xdotool is not installed; ``.ci/setup.sh dev`` installs both.
    """

    def __init__(self, width: int = 1600, height: int = 900) -> None:
        self.size = (width, height)
        for program in ("Xvfb", "xdotool"):
            if shutil.which(program) is None:
                raise FileNotFoundError(f"{program} is not installed; .ci/setup.sh dev installs it")

    def __enter__(self) -> Screen:
        self._folder = tempfile.TemporaryDirectory(prefix="poolscope-screen-")
        readable, writable = os.pipe()
        geometry = f"{self.size[0]}x{self.size[1]}x24"
        self._server = subprocess.Popen(
            # Without -noreset the server forgets everything whenever its last client goes.
            f"Xvfb -displayfd {writable} -screen 0 {geometry} -nolisten tcp -noreset "
            f"-fbdir {self._folder.name}".split(),
            pass_fds=[writable],
            stderr=subprocess.DEVNULL,
        )
        os.close(writable)
        with os.fdopen(readable) as answer:
            self.display = f":{answer.readline().strip()}"  # written when it is ready
        if self.display == ":":
            self._server.wait(START_S)
            raise RuntimeError("Xvfb ended before it was ready")
        self._map()
        return self

    def _map(self) -> None:
        with Path(self._folder.name, "Xvfb_screen0").open("rb") as file:
            self._mapped = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        header = _HEADER.unpack_from(self._mapped)
        header_size, width, height, row_bytes, colours = (header[i] for i in (0, 4, 5, 12, 19))
        picture = np.frombuffer(
            self._mapped,
            np.uint8,
            count=height * row_bytes,
            offset=header_size + colours * _COLOUR_SIZE,
        )
        self.live = picture.reshape(height, row_bytes // 4, 4)[:, :width, 2::-1]

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.terminate()
        self._server.wait(START_S)
        del self.live
        self._folder.cleanup()

    live: Pixels
    """Height x width x RGB, a view: it changes as the screen does."""

    def environment(self) -> dict[str, str]:
        """The environment for a program that is to show its window here."""
        environment = {**os.environ, "DISPLAY": self.display, "QT_QPA_PLATFORM": "xcb"}
        environment.pop("WAYLAND_DISPLAY", None)
        return environment

    def shot(self) -> Pixels:
        """What is on the screen now, as a copy."""
        return self.live.copy()

    def click(self, x: int, y: int) -> None:
        self.tell("mousemove", str(x), str(y), "click", "1")

    def tell(self, *words: str) -> str:
        """One xdotool command, and what it prints."""
        done = subprocess.run(
            ["xdotool", *words],
            env={**os.environ, "DISPLAY": self.display},
            capture_output=True,
            text=True,
            timeout=START_S,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"xdotool {' '.join(words)}: {done.stderr.strip() or 'found none'}")
        return done.stdout.strip()

    def windows(self, name: str) -> list[int]:
        """The visible windows whose title contains ``name``; empty if there are none."""
        try:
            return [
                int(line) for line in self.tell("search", "--onlyvisible", "--name", name).split()
            ]
        except RuntimeError:
            return []

    def close(self, window: int) -> None:
        """Ask a window to close, as a window manager's cross does (there is none here)."""
        x11 = ctypes.CDLL("libX11.so.6")
        x11.XOpenDisplay.restype = ctypes.c_void_p
        x11.XInternAtom.restype = ctypes.c_ulong
        display = ctypes.c_void_p(x11.XOpenDisplay(self.display.encode()))
        message = _ClientMessage(type=_CLIENT_MESSAGE, window=window, format=32)
        message.message_type = x11.XInternAtom(display, b"WM_PROTOCOLS", False)
        message.data[0] = x11.XInternAtom(display, b"WM_DELETE_WINDOW", False)
        x11.XSendEvent(display, ctypes.c_ulong(window), False, 0, ctypes.byref(message))
        x11.XCloseDisplay(display)
