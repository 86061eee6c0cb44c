"""
Does with one program what systemd does with a service of Type=notify and NotifyAccess=all that has a watchdog
and is always restarted. Needs no systemd.

Usage: supervisor.py SETTINGS PROGRAM ARGUMENT...

SETTINGS is JSON: watchdogSec, timeoutAbortSec and restartSec in seconds, watchdogSignal as "SIGTERM", and
abstract: whether the socket has a name in the abstract namespace instead of a path. What happens is written
to stdout, one JSON object a line. When stdin ends, so does all.
"""

import array
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

settings = json.loads(sys.argv[1])
command = sys.argv[2:]

folder = tempfile.mkdtemp(prefix="oneface-notify-")
name = f"{folder}/notify"
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
notify.bind("\0" + name if settings["abstract"] else name)


def tell(what, **facts):
    print(json.dumps({"what": what, "at": time.monotonic(), **facts}), flush=True)


def parent_of(pid):
    """The message can be attributed only while its sender is there."""
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return int(stat.read().rsplit(")", 1)[1].split()[1])
    except FileNotFoundError:
        return None


def receive(pid):
    """Reads one message; returns its lines if it came from the service or a child of it."""
    space = socket.CMSG_SPACE(struct.calcsize("3i")) + socket.CMSG_SPACE(64)
    data, control, _, _ = notify.recvmsg(4096, space)
    sender = None
    for level, kind, content in control:
        if level != socket.SOL_SOCKET:
            continue
        if kind == socket.SCM_CREDENTIALS:
            sender = struct.unpack("3i", content)[0]
        if kind == socket.SCM_RIGHTS:
            # Whoever waits at a barrier goes on when its end of the pipe is closed.
            whole = len(content) - len(content) % array.array("i").itemsize
            for descriptor in array.array("i", content[:whole]):
                os.close(descriptor)
    lines = data.decode().split("\n")
    if lines == ["BARRIER=1"]:
        return []
    if sender == pid or parent_of(sender) == pid:
        return lines
    tell("rejected", lines=lines)
    return []


def kill(process, number):
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        pass


def run():
    """One life of the service. Returns whether there is to be another."""
    env = {
        **os.environ,
        "NOTIFY_SOCKET": "@" + name if settings["abstract"] else name,
        "WATCHDOG_USEC": str(int(settings["watchdogSec"] * 1e6)),
    }
    process = subprocess.Popen(
        ["sh", "-c", 'WATCHDOG_PID=$$ exec "$@"', "sh", *command],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        start_new_session=True,
    )
    tell("started", pid=process.pid)
    deadline = None
    wanted = True
    while process.poll() is None:
        ready, _, _ = select.select([notify, sys.stdin], [], [], 0.02)
        if notify in ready:
            lines = receive(process.pid)
            if lines:
                tell("notified", lines=lines)
            if "READY=1" in lines or (deadline and "WATCHDOG=1" in lines):
                deadline = time.monotonic() + settings["watchdogSec"]
            if "STOPPING=1" in lines:
                deadline = None
        if sys.stdin in ready and os.read(0, 100) == b"":
            wanted = False
            kill(process, signal.SIGKILL)
            break
        if deadline and time.monotonic() > deadline:
            tell("watchdog")
            kill(process, getattr(signal, settings["watchdogSignal"]))
            try:
                process.wait(settings["timeoutAbortSec"])
            except subprocess.TimeoutExpired:
                kill(process, signal.SIGKILL)
            break
    status = process.wait()
    kill(process, signal.SIGKILL)
    tell("ended", status=status)
    return wanted


while run():
    time.sleep(settings["restartSec"])
if not settings["abstract"]:
    os.unlink(name)
os.rmdir(folder)
