"""Calls by `xmlrpc.client` over HTTP, on an inet socket and on a unix socket."""

import http.client
import socket
import sys
import xmlrpc.client


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


class UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path):
        super().__init__()
        self.path = path

    def make_connection(self, host):
        if not self._connection[1]:
            self._connection = host, UnixConnection(self.path)
        return self._connection[1]


def use(proxy):
    assert proxy.teller.echo("grüße & <more>") == "grüße & <more>"
    assert proxy.teller.later("x", 5) == "x"
    assert "teller.echo" in proxy.system.listMethods()
    assert proxy.system.methodHelp("teller.echo") == "Reply the text."
    assert proxy.system.methodSignature("teller.echo") == [["string", "string"]]
    several = xmlrpc.client.MultiCall(proxy)
    several.teller.echo("a")
    several.teller.later("b", 5)
    several.teller.echo("c")
    assert list(several()) == ["a", "b", "c"]
    try:
        proxy.teller.nope()
        raise AssertionError("a fault did not come")
    except xmlrpc.client.Fault as fault:
        assert fault.faultCode == -32601, fault
    try:
        proxy.teller.count(3)
        raise AssertionError("a subscription was accepted")
    except xmlrpc.client.Fault as fault:
        assert fault.faultCode == -32300, fault


def main(address, path):
    with xmlrpc.client.ServerProxy(f"http://{address}/RPC2") as proxy:
        use(proxy)
    with xmlrpc.client.ServerProxy("http://localhost/", transport=UnixTransport(path)) as proxy:
        use(proxy)
    print("all is well")


if __name__ == "__main__":
    main(*sys.argv[1:])
