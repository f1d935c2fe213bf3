"""Speaks to a unix socket by `pyln-client`, which ends its requests with their last bracket and nothing else."""

import sys

from pyln.client.lightning import RpcError, UnixDomainSocketRpc


def main():
    rpc = UnixDomainSocketRpc(sys.argv[1])
    for number in range(5):
        assert rpc.call("sum", [number, 2, 3]) == number + 5
    assert rpc.call("subtract", {"minuend": 42, "subtrahend": 23}) == 19
    assert rpc.call("kitchen.later", [1]) == "ready"
    text = "}]\\\"{[" * 20000
    assert rpc.call("kitchen.echo", [text]) == text
    try:
        rpc.call("kitchen.fetch", ["stew"])
        raise AssertionError("a fault did not come")
    except RpcError as error:
        assert error.error == {"code": 2, "message": "no such dish: stew"}, error
    print("all is well")


if __name__ == "__main__":
    main()
