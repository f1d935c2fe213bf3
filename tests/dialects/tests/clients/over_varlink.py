"""Speaks varlink to a unix socket by the package `varlink`, which reads the descriptions, makes calls by them, and reads
the replies by them."""

import sys

import varlink


def error_of(call):
    try:
        return call(), None
    except varlink.VarlinkError as error:
        return error.error(), error.parameters()


def main():
    client = varlink.Client(address="unix:" + sys.argv[1])
    interfaces = client.get_interfaces()
    assert list(interfaces) == client.info["interfaces"], client.info
    assert client.info["product"] == "kitchen", client.info
    # Each description is one that this package understands.
    for name in interfaces:
        assert client.get_interface(name).name == name
    with client.open("local.kitchen") as kitchen:
        assert kitchen.Echo("grüße 👋\0") == {"result": "grüße 👋\0"}
        assert kitchen.Greet(name="you", times=2) == {"result": "hello you, hello you"}
        assert kitchen.Double(1.5) == {"result": 3.0}
        assert kitchen.Sort(["b", "a"]) == {"result": ["a", "b"]}
        assert kitchen.Settings()["heat"] == 3
        assert kitchen.Later(1) == {"result": "ready"}
        assert kitchen.Echo("x" * 100_000)["result"] == "x" * 100_000
        assert kitchen.Echo("unheard", _oneway=True) is None
        name, parameters = error_of(lambda: kitchen.Fetch("stew"))
        assert name == "local.kitchen.Unknown", name
        assert parameters == {"message": "no such dish: stew"}, parameters
        name, parameters = error_of(lambda: kitchen.Fetch("later"))
        assert (name, parameters["data"]) == ("local.kitchen.LaterError", {"minutes": 5}), (name, parameters)
        name, parameters = error_of(lambda: kitchen.Fault(17, "no", {"a": 1}))
        assert name == "local.kitchen.Failed", name
        assert parameters == {"code": 17, "message": "no", "data": {"a": 1}}, parameters
        name, parameters = error_of(lambda: kitchen.Byte(256))
        assert (name, parameters) == ("org.varlink.service.InvalidParameter", {"parameter": "value"}), parameters
    print("all is well")


main()
