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

# The limit of a frame, and the lengths of the pieces, that the target `frame` reads before the stream.
HEADS = [bytes([64, 1, 7, 2, 30]), bytes([255, 90, 3, 255, 1]), bytes([40, 16, 16, 16, 16])]


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
    return re.sub(word, b'"a"', re.sub(rb"[0-9]+", b"0", seed))


def write(target, seeds):
    directory = FUZZ / "seeds" / target
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    short = sorted((seed for seed in set(seeds) if 0 < len(seed) <= LONGEST), reverse=True)
    for seed in {shape(seed): seed for seed in short}.values():
        (directory / hashlib.sha256(seed).hexdigest()[:12]).write_bytes(seed)


def main():
    frames = [stream for name, stream in streams() if name in ("framing", "specification", "batches")]
    write("frame", [HEADS[index % len(HEADS)] + stream for index, stream in enumerate(frames)])
    write("body", [line.rstrip(b"\r") for _, stream in streams() for line in stream.split(b"\n")])


if __name__ == "__main__":
    main()
