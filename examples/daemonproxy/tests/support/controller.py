"""A controller that misbehaves in every way, and finds its state again each time. What it has done is in the tags of `job`."""
import os
import sys
import time


def say(text):
    os.write(2, (text + "\n").encode())


def send(*fields):
    os.write(1, ("\t".join(fields) + "\n").encode())


buffer = b""


def next_line():
    global buffer
    while b"\n" not in buffer:
        more = os.read(0, 4096)
        if not more:
            sys.exit(0)
        buffer += more
    line, buffer = buffer.split(b"\n", 1)
    return line.decode().split("\t")


def resync():
    send("statedump")
    send("echo", "synced")
    state = []
    while True:
        line = next_line()
        if line == ["synced"]:
            return state
        state.append(line)


state = resync()
done = [line[2:] for line in state if line[:2] == ["service.tags", "job"]]
stage = done[0][0] if done else ""

if stage == "":
    send("service.args", "job", "sleep", "100")
    send("service.start", "job")
    send("fd.pipe", "left", "right")
    send("service.tags", "job", "crashed")
    resync()
    say("python: crashing")
    os.kill(os.getpid(), 11)
elif stage == "crashed":
    say("python: flooding")
    os.set_blocking(1, False)
    send("conn.event_timeout", "1", "60")
    line = b"echo\t" + b"x" * 900 + b"\n"
    rest = b""
    start = time.monotonic()
    while time.monotonic() - start < 2.5:
        try:
            rest = rest or line
            rest = rest[os.write(1, rest):]
        except BlockingIOError:
            time.sleep(0.01)
    os.set_blocking(1, True)
    # What it reads now makes room for the rest of the line.
    while next_line() != ["overflow"]:
        pass
    say("python: has overflowed")
    os.write(1, rest + b"\n")
    resync()
    send("service.tags", "job", "flooded")
    resync()
    say("python: hanging")
    send("conn.event_timeout", "1", "1")
    while True:
        send("echo", "x" * 900)
elif stage == "flooded":
    names = {line[1] for line in state if line[0] == "fd.state"}
    up = [line for line in state if line[:3] == ["service.state", "job", "up"]]
    assert {"left", "right"} <= names and up, state
    send("service.signal", "job", "KILL")
    say("python: all is there, terminating")
    send("terminate", "7")
    while True:
        next_line()
