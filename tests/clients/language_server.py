"""Speaks to a unix socket by `python-lsp-jsonrpc`, whose messages have headers, as those of language servers."""

import socket
import sys
import threading

from pylsp_jsonrpc.endpoint import Endpoint
from pylsp_jsonrpc.exceptions import JsonRpcException
from pylsp_jsonrpc.streams import JsonRpcStreamReader, JsonRpcStreamWriter


def main():
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(sys.argv[1])
    writer = JsonRpcStreamWriter(connection.makefile("wb"))
    endpoint = Endpoint({}, writer.write)
    reader = JsonRpcStreamReader(connection.makefile("rb"))
    threading.Thread(target=reader.listen, args=(endpoint.consume,), daemon=True).start()

    def ask(method, params):
        return endpoint.request(method, params).result(timeout=30)

    assert ask("sum", [1, 2, 3]) == 6
    assert ask("subtract", {"minuend": 42, "subtrahend": 23}) == 19
    endpoint.notify("notify_hello", [7])
    assert "hello 7" in ask("kitchen.heard", [])
    calls = [endpoint.request("kitchen.later", [delay]) for delay in (40, 1, 20, 0)]
    assert [call.result(timeout=30) for call in calls] == ["ready"] * 4
    text = "grüße\r\n\r\n" * 20000
    assert ask("kitchen.echo", [text]) == text
    try:
        ask("kitchen.fetch", ["stew"])
        raise AssertionError("a fault did not come")
    except JsonRpcException as error:
        assert (error.code, error.message) == (2, "no such dish: stew"), error
    print("all is well")


if __name__ == "__main__":
    main()
