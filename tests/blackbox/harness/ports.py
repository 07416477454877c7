"""Ports for the programs under test, which nobody else takes between the choice and the listening.

They lie below those that the kernel gives to outgoing connections: a port that the kernel has chosen for a probe is
chosen again for some neighbour's connection a moment later, and the program finds it taken.
"""
import itertools
import os
import pathlib
import socket

LOWEST, SLICE = 12000, 2000
OUTGOING = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range")


def slice_of_this_worker():
    """Workers of one session have different slices; sessions side by side start at different places of them."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    slices = (int(OUTGOING.read_text(encoding="ascii").split()[0]) - LOWEST) // SLICE
    assert slices > worker, "too few ports below those of outgoing connections"
    lowest, start = LOWEST + SLICE * worker, os.getpid() * 97 % SLICE
    return itertools.cycle(lowest + (start + step) % SLICE for step in range(SLICE))


def is_free(port):
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port():
    return next(port for port in PORTS if is_free(port))


PORTS = slice_of_this_worker()
