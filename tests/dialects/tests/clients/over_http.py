"""Calls over HTTP by `requests`, with the messages of `jsonrpcclient`: one connection, many requests."""

import sys

import requests
from jsonrpcclient import Error, Ok, notification, parse, request


def main(url):
    with requests.Session() as session:
        for number in range(50):
            answer = session.post(url, json=request("teller.echo", params=[str(number)]))
            assert parse(answer.json()) == Ok(str(number), answer.json()["id"]), answer.text
        named = session.post(url, json=request("teller.later", params={"text": "x", "milliseconds": 5}))
        assert parse(named.json()).result == "x", named.text
        nothing = session.post(url, json=notification("teller.echo", params=["x"]))
        assert (nothing.status_code, nothing.content) == (204, b""), nothing
        batch = session.post(url, json=[request("teller.served"), request("teller.nope")])
        served, failed = parse(batch.json())
        assert served.result == 51 and isinstance(failed, Error) and failed.code == -32601, batch.text
        # A body of unknown length is sent in chunks.
        chunks = iter([b'{"jsonrpc":"2.0","id":1,', b'"method":"teller.echo","params":["chunks"]}'])
        chunked = session.post(url, data=chunks, headers={"Content-Type": "application/json"})
        assert chunked.json()["result"] == "chunks", chunked.text
        wrong = session.post(url, data="x")
        assert wrong.status_code == 415 and wrong.json()["status"] == 415, wrong.text
        accept = {"Accept": "text/event-stream"}
        stream = session.post(url, json=request("teller.count", params=[3]), headers=accept, stream=True)
        lines = [line for line in stream.iter_lines() if line.startswith(b"data: ")]
        assert len(lines) == 5 and b'"end":true' in lines[-1], lines
    print("all is well")


if __name__ == "__main__":
    main(sys.argv[1])
