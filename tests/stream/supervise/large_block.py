"""A process that takes a block of 4 MB, gives it back and takes it again; prints by how many bytes its heap grew."""

import ctypes
import sys
from pathlib import Path


def heap_bytes() -> int:
    """Return how large the heap is."""
    for row in Path("/proc/self/maps").read_text(encoding="ascii").splitlines():
        if row.endswith("[heap]"):
            first, end = (int(address, 16) for address in row.split()[0].split("-"))
            return end - first
    return 0


def main() -> None:
    """Take, give back and take again."""
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, (ctypes.c_void_p,)
    before = heap_bytes()
    libc.free(libc.malloc(1 << 22))
    block = libc.malloc(1 << 22)
    sys.stderr.write(f"{heap_bytes() - before}\n")
    libc.free(block)


if __name__ == "__main__":
    main()
