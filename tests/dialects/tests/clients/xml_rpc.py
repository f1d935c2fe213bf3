"""Speaks bare XML-RPC to a unix socket by `xmlrpc.client`, which makes calls and reads responses; only the transport is
ours: a document there, a line back."""

import datetime
import socket
import sys
from xmlrpc.client import Binary, DateTime, Fault, MultiCall, ServerProxy, Transport


class Bare(Transport):
    def __init__(self, path):
        super().__init__(use_builtin_types=False)
        self.connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.connection.settimeout(30)
        self.connection.connect(path)
        self.lines = self.connection.makefile("rb")

    def request(self, host, handler, request_body, verbose=False):
        self.connection.sendall(request_body)
        parser, target = self.getparser()
        parser.feed(self.lines.readline())
        parser.close()
        return target.close()


def fault_of(call):
    try:
        return call(), None
    except Fault as fault:
        return fault.faultCode, fault.faultString


def main():
    server = ServerProxy("http://localhost", transport=Bare(sys.argv[1]), allow_none=True)
    for value in (
        "", " text ", "<&>\"'", "a\nb\r\nc\td", "grüße 👋", 0, -1, 2**31 - 1, -(2**31), True, False, 1.5, 1e300, 5e-324,
        -0.0, None, [], [1, ["a", None]], {}, {"a": {"b": [1.0]}, "": "", "<": 1}, ["x" * 100_000],
    ):
        same = server.kitchen.same(value)
        expected = value.replace("\r\n", "\n") if isinstance(value, str) else value
        assert same == expected and type(same) is type(value), (value, same)
    assert server.kitchen.same(DateTime("19980717T14:08:55")) == "1998-07-17T14:08:55"
    assert server.kitchen.same(datetime.datetime(2024, 2, 29, 1, 2, 3)) == "2024-02-29T01:02:03"
    assert server.kitchen.same(Binary(b"you can't read this!" * 10)).startswith("eW91IGNhbid0IHJlYWQgdGhpcyF5b3Ug")
    assert server.subtract(42, 23) == 19
    assert server.kitchen.double(1.25) == 2.5
    assert server.kitchen.order({"name": "soup", "plates": 1, "size": "Small", "note": None})["plates"] == 2
    assert server.kitchen.later(1) == "ready"
    assert server.kitchen.elsewhere([1, "a"]) == [1, "a"]
    assert server.kitchen.nothing() is None
    assert getattr(server, "küche.grüßen")("Welt") == "Grüß Gott, Welt!"

    assert fault_of(server.nope) == (-32601, 'Method not found: {"method":"nope"}')
    code, text = fault_of(lambda: server.subtract(1, "x"))
    assert code == -32602 and "subtrahend" in text, (code, text)
    assert fault_of(lambda: server.kitchen.fetch("closed")) == (1, "the kitchen is closed")
    assert fault_of(lambda: server.kitchen.fetch("later")) == (4, 'come back later: {"minutes":5}')
    assert fault_of(server.kitchen.refuse_later) == (9, "not today")
    code, text = fault_of(lambda: server.kitchen.panic("oh"))
    assert code == -32603 and "panicked" in text, (code, text)
    code, text = fault_of(server.kitchen.extremes)
    assert code == -32603 and "18446744073709551615" in text, (code, text)

    calls = MultiCall(server)
    calls.subtract(42, 23)
    calls.kitchen.later(1)
    calls.kitchen.same(None)
    calls.kitchen.fetch("closed")
    results = calls()
    assert [results[index] for index in range(3)] == [19, "ready", None]
    assert fault_of(lambda: results[3])[0] == 1
    listed = server.system.multicall([{"methodName": "subtract", "params": [3, 1]}, {"methodName": "nope", "params": []}])
    assert listed[0] == [2] and listed[1]["faultCode"] == -32601 and set(listed[1]) == {"faultCode", "faultString"}, listed

    assert {"subtract", "kitchen.same", "system.multicall"} <= set(server.system.listMethods())
    assert server.system.methodHelp("kitchen.add").startswith("Add two numbers."), server.system.methodHelp("kitchen.add")
    assert server.system.methodHelp("kitchen.undocumented") == ""
    assert server.system.methodSignature("subtract") == [["int", "int", "int"]]
    capabilities = server.system.getCapabilities()
    assert capabilities["xmlrpc"] == {"specUrl": "http://www.xmlrpc.com/spec", "specVersion": 1}, capabilities
    assert {"nil", "introspection", "system.multicall", "faults_interop"} <= set(capabilities), capabilities
    print("all is well")


if __name__ == "__main__":
    main()
