"""Drives a daemon over TLS: `tls.py SCENARIO PORT CA`. Each function is a scenario; it fails by an exception.

The bytes of TLS go through buffers of this program, so that it can send them one by one, or stop at any point.
"""

import json
import os
import signal
import socket
import ssl
import sys
import threading

PATIENCE = 30


class Peer:
    """A connection. `step` bytes are sent at a time."""

    def __init__(self, port, ca, certificate=None, step=1 << 20, receive_buffer=None):
        self.raw = socket.socket()
        self.raw.settimeout(PATIENCE)
        if receive_buffer:
            self.raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.raw.connect(("127.0.0.1", port))
        context = ssl.create_default_context(cafile=ca)
        if certificate:
            context.load_cert_chain(*certificate)
        self.incoming, self.outgoing, self.step = ssl.MemoryBIO(), ssl.MemoryBIO(), step
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname="127.0.0.1")
        self.received = b""

    def flush(self):
        data = self.outgoing.read()
        for start in range(0, len(data), self.step):
            self.raw.sendall(data[start : start + self.step])

    def do(self, action, *arguments):
        """Repeats a step of TLS until it is complete; fetches and sends what it needs."""
        while True:
            try:
                done = action(*arguments)
                self.flush()
                return done
            except ssl.SSLWantReadError:
                self.flush()
                data = self.raw.recv(65536)
                if data:
                    self.incoming.write(data)
                else:
                    self.incoming.write_eof()

    def shake_hands(self):
        self.do(self.tls.do_handshake)
        return self

    def send(self, data):
        self.do(self.tls.write, data)

    def end(self):
        """Says that nothing more comes, and does not wait for the other side."""
        try:
            self.tls.unwrap()
        except ssl.SSLWantReadError:
            pass
        self.flush()

    def line(self):
        """Returns the next line; None at an end that TLS says."""
        while b"\n" not in self.received:
            try:
                data = self.do(self.tls.read, 65536)
            except ssl.SSLZeroReturnError:
                data = b""
            if not data:
                assert not self.received, self.received[:100]
                return None
            self.received += data
        line, self.received = self.received.split(b"\n", 1)
        return line

    def reply(self):
        line = self.line()
        assert line is not None, "the daemon has ended the connection"
        return json.loads(line)


def request(number, message, end="\n"):
    call = {"jsonrpc": "2.0", "id": number, "method": "my.echo", "params": [message]}
    return (json.dumps(call) + end).encode()


def check(reply, number, message):
    assert reply.get("id") == number and reply.get("result") == message, str(reply)[:200]


def hang_up(peer):
    peer.end()
    assert peer.line() is None


def pipelined(port, ca):
    peer = Peer(port, ca).shake_hands()
    peer.send(b"".join(request(number, str(number)) for number in range(1000)))
    for number in range(1000):
        check(peer.reply(), number, str(number))
    hang_up(peer)


def large(port, ca):
    message = "x" * (1024 * 1024 - 100)
    peer = Peer(port, ca).shake_hands()
    for number in range(3):
        peer.send(request(number, message))
        check(peer.reply(), number, message)
    hang_up(peer)


def records_of_one_byte(port, ca):
    peer = Peer(port, ca).shake_hands()
    for byte in request(1, "slow"):
        peer.send(bytes([byte]))
    check(peer.reply(), 1, "slow")
    hang_up(peer)


def packets_of_one_byte(port, ca):
    peer = Peer(port, ca, step=1).shake_hands()
    peer.send(request(1, "slower") + request(2, "still"))
    check(peer.reply(), 1, "slower")
    check(peer.reply(), 2, "still")
    hang_up(peer)


def slow_reader(port, ca):
    """More replies than all buffers hold, while nothing is read."""
    count, message = 64, "y" * 100_000
    peer = Peer(port, ca, receive_buffer=4096).shake_hands()
    for number in range(count):
        peer.tls.write(request(number, message))
    # The records are complete: another thread sends them, and this one begins to read when some have gone.
    data, begun = peer.outgoing.read(), threading.Event()

    def send():
        for start in range(0, len(data), 65536):
            peer.raw.sendall(data[start : start + 65536])
            begun.set()

    sender = threading.Thread(target=send)
    sender.start()
    begun.wait(PATIENCE)
    for number in range(count):
        check(peer.reply(), number, message)
    sender.join()
    hang_up(peer)


def half_close(port, ca):
    """The end says that the last request is complete, though its line has no end."""
    peer = Peer(port, ca).shake_hands()
    peer.send(request(1, "one") + request(2, "two", end=""))
    peer.end()
    check(peer.reply(), 1, "one")
    check(peer.reply(), 2, "two")
    assert peer.line() is None


def cut(port, ca):
    """Without the alert, what has no end was cut: it is neither served nor refused."""
    peer = Peer(port, ca).shake_hands()
    peer.send(request(1, "one") + request(2, "two", end="")[:-1])
    peer.raw.shutdown(socket.SHUT_WR)
    check(peer.reply(), 1, "one")
    assert peer.line() is None


def hasty(port, ca, pid):
    """The end of the handshake, a request and the cut arrive together, while the daemon is stopped."""
    peer = Peer(port, ca)
    while True:
        try:
            peer.tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            peer.flush()
            peer.incoming.write(peer.raw.recv(65536))
    # More than rustls reads at once: the last read brings the rest of the request, and not yet the cut.
    message = "z" * 6000
    peer.tls.write(request(1, message))
    os.kill(int(pid), signal.SIGSTOP)
    peer.flush()
    peer.raw.shutdown(socket.SHUT_WR)
    os.kill(int(pid), signal.SIGCONT)
    check(peer.reply(), 1, message)
    assert peer.line() is None


def gone(port, ca):
    """Peers that vanish at any point of the handshake, or in a record."""
    for size in (1, 5, 50, 200, 1000):
        peer = Peer(port, ca)
        try:
            peer.tls.do_handshake()
        except ssl.SSLWantReadError:
            peer.raw.sendall(peer.outgoing.read()[:size])
        peer.raw.close()
        peer = Peer(port, ca).shake_hands()
        peer.tls.write(request(1, "z" * 100))
        peer.raw.sendall(peer.outgoing.read()[:size])
        peer.raw.close()
    pipelined(port, ca)


def silent(port, ca):
    """A handshake that is not completed is cut."""
    nothing, half = Peer(port, ca), Peer(port, ca)
    try:
        half.tls.do_handshake()
    except ssl.SSLWantReadError:
        half.raw.sendall(half.outgoing.read()[:-1])
    for peer in (nothing, half):
        try:
            assert peer.raw.recv(1) == b""
        except ConnectionResetError:
            pass


def garbage(port, ca):
    """What is no TLS is answered with an alert, and the end: even after much of it."""
    for said in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", request(1, "plain"), request(1, "p" * 1_000_000), b"\x16\x03\x01\0\0"):
        peer = Peer(port, ca)
        peer.raw.sendall(said)
        alert = b""
        while data := peer.raw.recv(4096):
            alert += data
        assert alert[:1] == b"\x15", (said[:20], alert)


def corrupt(port, ca):
    """A record that was changed on the way ends the connection, after what came before."""
    peer = Peer(port, ca).shake_hands()
    peer.tls.write(request(1, "good"))
    good = peer.outgoing.read()
    peer.raw.sendall(good)
    check(peer.reply(), 1, "good")
    peer.tls.write(request(2, "bad"))
    bad = bytearray(peer.outgoing.read())
    bad[-1] ^= 1
    peer.raw.sendall(bad)
    try:
        raise AssertionError(peer.line())
    except ssl.SSLError as error:
        assert "BAD_RECORD_MAC" in str(error), error


def crowd(port, ca):
    """One connection more than there may be is ended during the handshake; the other one goes on."""
    peer = Peer(port, ca).shake_hands()
    try:
        raise AssertionError(Peer(port, ca).shake_hands())
    except (ssl.SSLError, ConnectionResetError):
        pass
    peer.send(request(1, "still here"))
    check(peer.reply(), 1, "still here")
    hang_up(peer)


def stopped(port, ca):
    """The end of a daemon that stops is an end, not a cut."""
    peer, other = Peer(port, ca).shake_hands(), Peer(port, ca)
    peer.send(request(1, "hi"))
    check(peer.reply(), 1, "hi")
    print("connected", flush=True)
    assert peer.line() is None
    assert other.raw.recv(100)[:1] == b"\x15"


def renewed(port, ca, file):
    """The old connection goes on while the certificate is exchanged, which standard input tells."""
    peer = Peer(port, ca).shake_hands()
    old = peer.tls.getpeercert(True)
    print("connected", flush=True)
    sys.stdin.readline()
    peer.send(request(1, "still here"))
    check(peer.reply(), 1, "still here")
    new = Peer(port, ca).shake_hands()
    expected = ssl.PEM_cert_to_DER_cert(open(file).read())
    assert new.tls.getpeercert(True) == expected and old != expected
    hang_up(new)
    hang_up(peer)


if __name__ == "__main__":
    globals()[sys.argv[1]](int(sys.argv[2]), *sys.argv[3:])
