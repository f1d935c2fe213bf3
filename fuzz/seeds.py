#!/usr/bin/env python3
"""Writes the seeds anew, from the cases in tests/cases: one stream for each case, one frame for each of its lines.

Of those that differ only in a number or a plain word one is enough. Long ones are left out: of short ones a fuzzer
tries more. A seed is named by a hash of its bytes.
"""

import hashlib
import json
import re
import shutil
from pathlib import Path

FUZZ = Path(__file__).resolve().parent
LONGEST = 200


def request(method, params):
    return f'{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}'


# The limit of a frame, and the lengths of the pieces, that the target `frame` reads before the stream.
HEADS = [bytes([64, 1, 7, 2, 30]), bytes([255, 90, 3, 255, 1]), bytes([40, 16, 16, 16, 16])]

# The limits of the target `body` are lower than a daemon's: these lie right below and right above them.
AT_THE_LIMITS = [
    *(request("kitchen.same", "[" * depth + "]" * depth) for depth in (7, 8)),
    *("[" + ",".join([request("kitchen.later", "[]")] * calls) + "]" for calls in (6, 7)),
    *(request("kitchen.big", f"[{length}]") for length in (16382, 16383)),
    "[" + ",".join([request("kitchen.big", "[9999]"), request("kitchen.later", "[]")] * 2) + "]",
    request("system.multicall", '[[{"methodName":"kitchen.later"},{"methodName":"kitchen.forget"}]]'),
]


def sent(line):
    """The bytes of one entry of `send`, as tests/rpc.rs reads it."""
    if isinstance(line, str):
        return line.encode() + b"\n"
    if "hex" in line:
        return bytes.fromhex(line["hex"]) + b"\n"
    parts = [part if isinstance(part, str) else part["repeat"] * part["times"] for part in line["parts"]]
    return "".join(parts).encode() + (b"" if line.get("raw") else b"\n")


def streams():
    for path in sorted(FUZZ.parent.glob("tests/cases/*.json")):
        for case in json.loads(path.read_text(encoding="utf-8")):
            yield path.stem, b"".join(map(sent, case["send"]))


def shape(seed):
    """The seed without what makes no difference; names of members and methods do."""
    word = rb'"(?!jsonrpc|id|method|params|2\.0|kitchen|system|sum|get_data)[a-z 0-9]*"'
    return re.sub(word, b'"a"', re.sub(rb"\b[1-9][0-9]{0,3}\b", b"1", seed))


def write(target, seeds):
    directory = FUZZ / "seeds" / target
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    for seed in {shape(seed): seed for seed in sorted(seeds, reverse=True) if seed}.values():
        (directory / hashlib.sha256(seed).hexdigest()[:12]).write_bytes(seed)


def main():
    frames = [stream for name, stream in streams() if name in ("framing", "specification", "batches")]
    frames = [HEADS[index % len(HEADS)] + stream for index, stream in enumerate(frames)]
    write("frame", [frame for frame in frames if len(frame) <= LONGEST])
    lines = [line.rstrip(b"\r") for _, stream in streams() for line in stream.split(b"\n")]
    write("body", [line for line in lines if len(line) <= LONGEST] + [line.encode() for line in AT_THE_LIMITS])


if __name__ == "__main__":
    main()
