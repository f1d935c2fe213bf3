"""Speaks to a unix socket by `jsonrpcclient`, which makes requests and reads replies but knows no transport."""

import socket
import sys

from jsonrpcclient import Error, Ok, notification_json, parse_json, request_json


def main():
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(30)
    connection.connect(sys.argv[1])
    lines = connection.makefile("rw", encoding="utf-8", newline="\n")

    def send(text):
        lines.write(text + "\n")
        lines.flush()

    def call(method, params=None):
        send(request_json(method, params=params))
        return parse_json(lines.readline())

    assert call("my.echo", {"message": "hello"}) == Ok("hello", 1)
    assert call("my.echo", ("grüße 👋",)).result == "grüße 👋"
    send(notification_json("my.echo", params={"message": "nobody answers"}))
    fault = call("nope")
    assert isinstance(fault, Error) and fault.code == -32601, fault
    fault = call("my.echo", {"message": 5})
    assert isinstance(fault, Error) and fault.code == -32602, fault
    assert fault.data["parameter"] == "message", fault
    send("[" + request_json("my.echo", params=["a"]) + "," + request_json("my.echo", params=["b"]) + "]")
    replies = list(parse_json(lines.readline()))
    assert [reply.result for reply in replies] == ["a", "b"], replies
    print("all is well")


if __name__ == "__main__":
    main()
