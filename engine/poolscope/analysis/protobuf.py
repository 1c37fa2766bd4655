"""The little of the protobuf wire format that writing needs.

A message is a sequence of fields; a field is a key, ``number << 3 | type``, and a value: a varint
(type 0), eight bytes (1), or a length and as many bytes (2).
"""

from __future__ import annotations

_VARINT = 0
_FIXED64 = 1
_BYTES = 2
_MASK64 = (1 << 64) - 1


def varint(value: int) -> bytes:
    """A number in base 128, least significant first; negative ones as 64-bit complement."""
    value &= _MASK64
    found = bytearray()
    while value > 0x7F:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)


def number(field: int, value: int) -> bytes:
    """A field of any integer or enum type, but for the fixed and zigzag ones."""
    return varint(field << 3 | _VARINT) + varint(value)


def fixed64(field: int, value: int) -> bytes:
    """A field of type fixed64."""
    return varint(field << 3 | _FIXED64) + (value & _MASK64).to_bytes(8, "little")


def message(field: int, *parts: bytes) -> bytes:
    """A field that holds a message, given by its fields."""
    body = b"".join(parts)
    return varint(field << 3 | _BYTES) + varint(len(body)) + body


def text(field: int, value: str) -> bytes:
    """A field of type string."""
    return message(field, value.encode("utf-8", "replace"))
