#!/usr/bin/env python3
"""Regenerates the seeds from the cases in tests/cases: one stream for each case, one frame for each of its lines. The
seeds of the targets `document` and `channel` are generated here.

Seeds that differ only in a number or a plain word are kept once. Long ones are left out, because a fuzzer runs short
ones more often. A seed is named by a hash of its bytes.
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

# The limits of the target `body` are lower than a daemon's: these values are just below and just above them.
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
    """The seed without insignificant differences; names of members and methods do."""
    word = rb'"(?!jsonrpc|id|method|params|2\.0|kitchen|system|sum|get_data)[a-z 0-9]*"'
    return re.sub(word, b'"a"', re.sub(rb"\b[1-9][0-9]{0,3}\b", b"1", seed))


def write(target, seeds):
    directory = FUZZ / "seeds" / target
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    for seed in {shape(seed): seed for seed in sorted(seeds, reverse=True) if seed}.values():
        (directory / hashlib.sha256(seed).hexdigest()[:12]).write_bytes(seed)


# Values of XML-RPC, good ones and bad ones.
VALUES = [
    "text",
    "",
    " <!-- a --> ",
    "<int>-7</int>",
    " <i4>2147483648</i4> ",
    "<i8>9007199254740993</i8>",
    "<boolean>1</boolean>",
    "<double>-1.5e300</double>",
    "<dateTime.iso8601>19980717T14:08:55</dateTime.iso8601>",
    "<dateTime.iso8601>1998-07-17T14:08:55.5+02:00</dateTime.iso8601>",
    "<base64>YWJj ZA==</base64>",
    "<nil/>",
    "<ex:nil></ex:nil>",
    "<string>&lt;&#233;&#xA;<![CDATA[</a>]]></string>",
    "<array><data><value/><value>a</value></data></array>",
    "<struct><member><name>a</name><value/></member></struct>",
    "<string a='>' b=\"'\"/>",
    "<?a ?>b",
    "&amp;&no;",
    "]]>",
]


def documents():
    """Calls, and streams of them."""
    heads = [bytes([1, 7, 2, 30]), bytes([90, 3, 255, 1])]

    def call(method, values):
        params = "".join(f"<param><value>{value}</value></param>" for value in values)
        return f"<methodCall><methodName>{method}</methodName><params>{params}</params></methodCall>".encode()

    for index, value in enumerate(VALUES):
        yield heads[index % 2] + call("kitchen.same", [value])
    yield heads[0] + b"<?xml version='1.0'?>\n" + call("sum", ["<int>1</int>"] * 3)
    yield heads[0] + b"<?xml version='1.0' encoding='ISO-8859-1'?>" + call("echo", ["a"]).replace(b"a", b"\xe9")
    yield heads[1] + b"\xef\xbb\xbf" + call("kitchen.later", []) + b" \n" + call("kitchen.elsewhere", ["a"])
    yield heads[1] + call("kitchen.refuse_later", []) + call("nope", []) + b"<!-- a --><a></a>"
    yield heads[0] + call("system.multicall", ["<array><data/></array>"])
    yield heads[0] + b"<!DOCTYPE a>" + call("a", [])
    yield heads[1] + b"<methodCall><methodName>get_data</methodName></methodCall>\n" * 2
    yield heads[1] + call("kitchen.same", ["<array><data><value>" * 6])


SUM = b'{"jsonrpc":"2.0","id":1,"method":"sum","params":[1,2,3]}'
LATER = b'{"jsonrpc":"2.0","id":2,"method":"kitchen.later","params":[1]}'
NOTE = b'{"jsonrpc":"2.0","method":"sum","params":[1,2,3]}'
DOCUMENT = b"<methodCall><methodName>kitchen.later</methodName></methodCall>"


def connections():
    """Streams of every dialect, most of them HTTP: the others have targets of their own."""
    heads = [bytes([1, 7, 2, 30]), bytes([90, 3, 255, 1])]

    def post(body, *headers, path=b"/rpc", version=b"1.1"):
        lines = [b"POST " + path + b" HTTP/" + version, b"Host: x", b"Content-Length: %d" % len(body), *headers]
        return b"\r\n".join(lines) + b"\r\n\r\n" + body

    def get(path, method=b"GET"):
        return method + b" " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n"

    def headed(body):
        return b"Content-Length: %d\r\n\r\n" % len(body) + body

    def tool(name, arguments):
        return b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"%s","arguments":%s}}' % (name, arguments)

    initialize = b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18"}}'
    listed = b'{"jsonrpc":"2.0","id":"a","method":"tools/list","params":{"cursor":"1"}}'
    cancelled = b'{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}'

    def varlink(method, parameters=b"{}", members=b""):
        return b'{"method":"%s","parameters":%s%s}\0' % (method, parameters, members)

    echo = varlink(b"local.kitchen.Echo", b'{"message":"}\\u0000"}')
    later = varlink(b"local.kitchen.Later")
    described = varlink(b"org.varlink.service.GetInterfaceDescription", b'{"interface":"local.kitchen"}')
    chunked = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    for index, stream in enumerate([
        post(SUM) * 3,
        post(LATER) + post(SUM),
        post(NOTE) + post(SUM),
        post(b"[" + SUM + b"," + LATER + b"," + NOTE + b"]") + get(b"/healthz"),
        post(b"{") + post(b"") + post(SUM),
        post(SUM, b"Connection: close") + post(SUM),
        post(LATER, b"Connection: close") + post(SUM),
        post(SUM, version=b"1.0") + post(SUM),
        post(SUM, b"Connection: keep-alive", version=b"1.0") * 2,
        post(SUM, b"Expect: 100-continue"),
        post(DOCUMENT, path=b"/RPC2") + post(DOCUMENT, b"Content-Type: text/xml"),
        get(b"/openrpc.json") + get(b"/nope") + get(b"/metrics"),
        get(b"/healthz", b"HEAD") + get(b"/rpc", b"OPTIONS") + get(b"/rpc", b"DELETE"),
        get(b"/events?names=start,stop"),
        chunked + b"%x\r\n" % len(SUM) + SUM + b"\r\n0\r\n\r\n" + post(SUM),
        chunked + b"5;a=b\r\n" + SUM[:5] + b"\r\n%X\r\n" % len(SUM[5:]) + SUM[5:] + b"\r\n0\r\nX: y\r\n\r\n",
        post(SUM, b"Accept: */*", b"User-Agent: a/1", b"Content-Type: application/json", path=b"/"),
        post(LATER, b"Connection: keep-alive", b"Content-Type: Application/JSON; charset=utf-8") + post(SUM),
        post(SUM, b"traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01") * 2,
        post(b"[" + NOTE + b"]", b"Accept-Encoding: gzip") + post(b"{}"),
        post(SUM, b"Transfer-Encoding: chunked"),
        post(SUM, b"Content-Length: 5"),
        post(SUM, b"X : y") + post(SUM),
        post(SUM).replace(b"\r\n", b"\n") * 2,
        b"\r\n" + post(SUM),
        b"GET / HTTP/1.1",
        headed(SUM) * 2 + headed(LATER) + headed(b" "),
        b"\r\nContent-Type: x\r\n" + headed(SUM) + b"Content-Length: x\r\n\r\n",
        SUM + b"\n" + LATER + SUM + b"\n",
        SUM + b"\0" + LATER + b"\0" + SUM + b"\0",
        b" " + DOCUMENT + DOCUMENT,
        b"MCP\n" + initialize + b"\n" + tool(b"sum", b'{"a":1,"b":2,"c":3}') + b"\n" + listed,
        b"MCP\n" + tool(b"kitchen-later", b"{}") + b"\n\n" + tool(b"kitchen-echo", b"[]") + b"\n" + cancelled + b"\n{\n",
        post(tool(b"sum", b'{"a":1}'), path=b"/mcp") + post(cancelled, path=b"/mcp") + get(b"/mcp"),
        post(tool(b"kitchen-later", b"{}"), b"MCP-Protocol-Version: 2026-07-28", path=b"/mcp"),
        b"\n" + echo + later + echo + varlink(b"local.kitchen.RefuseLater") + b"\n",
        later + varlink(b"local.kitchen.Later", members=b',"oneway":true') + echo,
        varlink(b"org.varlink.service.GetInfo") + described,
        varlink(b"local.kitchen.Greet", b'{"name":"a","greeting":null}', b',"more":true') + b'{"method":"a"}\0',
        varlink(b"local.kitchen.Fault", b'{"code":5,"message":"no","data":[1]}') + varlink(b"a", b"[]") + b"{}\0" + echo,
        varlink(b"local.kitchen.Echo", members=b',"upgrade":true') + varlink(b"local.kitchen.Big", b'{"bytes":16383}'),
        b'{"method":"local.kitchen.GetData"} \r\0' + echo[:-1],
        b'{"method":"sum","id":1}\0' + SUM + b"\0",
        b'{"method":"sum"}\n{"method":"sum"}',
    ]):
        yield heads[index % 2] + stream


def step(what, *numbers):
    """What happens, by its number in daemon-core/src/fuzzing/channel.rs, and up to three numbers for it."""
    return bytes([what, *numbers, 0, 0, 0][:4])


def channels():
    """What the worker and the daemon do in turn: correct at first, then with an invalid write."""
    up = [step(0, *length.to_bytes(2, "little")) for length in (0, 7, 8, 64, 500, 4999)]
    down = [step(6, *length.to_bytes(2, "little")) for length in (20, 500, 2900)]
    take, look, knock, rest, flush = step(7), step(12), step(3) + step(9), step(4) + step(10), step(2) + step(8)
    yield b"".join(message + take for message in up)
    yield rest + up[0] + knock + take + rest + up[1] + knock + take
    yield up[5] + (take + flush) * 4
    yield up[0] + step(0, *(6000).to_bytes(2, "little")) + (flush + take) * 4
    yield b"".join(down) + (step(1) + flush) * 3 + knock
    # The last number says how a word changes: by its upper five bits, in a way that its lower three bits choose.
    changes = [5 << 3 | way for way in range(8)]
    for line in range(8):
        for change in changes[line % 2 :: 2]:
            yield down[1] + up[4] + take + step(1) + step(13, 0, line, change) + up[3] + take + rest
    for change in changes:
        yield up[4] + step(13, 0, 64, change) + take + look + up[3] + take
    yield up[4] * 4 + step(13, 30, 200) + take + step(13, 200, 201) + take
    yield b"".join(step(5, word, 0, 6) + look + take for word in (0, 1, 2, 16, 160, 161))


def main():
    frames = [stream for name, stream in streams() if name in ("framing", "specification", "batches")]
    frames = [HEADS[index % len(HEADS)] + stream for index, stream in enumerate(frames)]
    write("frame", [frame for frame in frames if len(frame) <= LONGEST])
    lines = [line.rstrip(b"\r") for _, stream in streams() for line in stream.split(b"\n")]
    write("body", [line for line in lines if len(line) <= LONGEST] + [line.encode() for line in AT_THE_LIMITS])
    write("document", documents())
    write("connection", connections())
    write("channel", channels())


if __name__ == "__main__":
    main()
