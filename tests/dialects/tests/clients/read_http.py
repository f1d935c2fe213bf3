"""Reads HTTP by `h11`: one case a line, as a JSON string with a character for each byte; says what it understood."""

import json
import sys

import h11


def text(data):
    return bytes(data).decode("latin-1")


class Refused(Exception):
    """A message is not as it must be."""


def read(data):
    """Returns the messages, how they end, and the reason if one is refused."""
    messages = []
    while True:
        # h11 does not skip empty lines before a request line (RFC 9112, section 2.2).
        data = data.lstrip(b"\r\n") if data.startswith((b"\r\n", b"\n")) else data
        connection = h11.Connection(h11.SERVER)
        connection.receive_data(data)
        try:
            message = read_message(connection)
        except Refused as error:
            return messages, "refused", str(error)
        if message is None:
            return messages, "cut" if data else "whole", ""
        messages.append(message)
        if not goes_on(connection, message):
            return messages, "closed", ""
        data, _ = connection.trailing_data


def read_message(connection):
    """Returns the next message; None if it is not complete."""
    head, body = None, b""
    while True:
        try:
            event = connection.next_event()
        except h11.RemoteProtocolError as error:
            raise Refused(f"{'body' if head else 'head'}: {error}") from error
        if isinstance(event, h11.Request):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            headers = [[text(name), text(value)] for name, value in head.headers]
            return {
                "method": text(head.method),
                "target": text(head.target),
                "version": text(head.http_version),
                "headers": headers,
                "body": text(body),
                "has_trailers": bool(event.headers),
            }
        else:
            return None


def goes_on(connection, message):
    """Whether another message may follow."""
    # No success: that would accept CONNECT, after which the bytes are no messages.
    connection.send(h11.Response(status_code=404, headers=[("Content-Length", "0")]))
    connection.send(h11.EndOfMessage())
    # h11 does without this option, which is one for HTTP/1.0 (RFC 9112, section 9.3).
    options = [value.lower() for name, value in message["headers"] if name == "connection"]
    return connection.our_state is h11.DONE or (message["version"] == "1.0" and options == ["keep-alive"])


def main():
    for line in sys.stdin:
        messages, end, reason = read(json.loads(line).encode("latin-1"))
        print(json.dumps({"messages": messages, "end": end, "reason": reason}))


if __name__ == "__main__":
    main()
