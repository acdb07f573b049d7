"""Starts a command that cannot outlive us: `python -I -S tether.py <our pid> <command> …`.

On Linux the kernel kills the command the moment the process that started it is gone, however that went. The request
belongs to the process, so it is made here, after the fork and before the command takes our place; a fork handler in the
parent would not be safe next to threads. Elsewhere the command is simply started.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask the kernel, make sure the parent did not die meanwhile, become the command."""
    parent, *command = sys.argv[1:]
    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG) failed")
    if os.getppid() != int(parent):
        sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606  the caller gives an argument list of its own


if __name__ == "__main__":
    main()
