"""A public client of NATS: `client.py URL`, then commands on standard input, one line each; each is answered by a line.

- `call SUBJECT PAYLOAD`: one request
- `ask SUBJECT COUNT`: what that many responders say, as a list
- `share SUBJECT COUNT`: calls one after the other; how often which payload came, and how many failed
- `keep SUBJECT`: calls until the next line comes; then as for `share`
"""

import asyncio
import collections
import json
import sys

import nats
import nats.errors

PATIENCE = 20
# For calls of which some may be lost with a machine.
SHORT = 2


async def call(client, subject, payload, timeout=PATIENCE):
    try:
        reply = await client.request(subject, payload.encode(), timeout=timeout)
    except nats.errors.NoRespondersError:
        return {"failed": "no responders"}
    except nats.errors.TimeoutError:
        return {"failed": "timeout"}
    return {"data": reply.data.decode(), "headers": dict(reply.headers or {})}


async def ask(client, subject, count):
    inbox = client.new_inbox()
    replies = await client.subscribe(inbox)
    await client.publish(subject, reply=inbox)
    return [json.loads((await replies.next_msg(timeout=PATIENCE)).data) for _ in range(int(count))]


class Share:
    def __init__(self):
        self.counts, self.failures = collections.Counter(), collections.Counter()

    async def call(self, client, subject):
        outcome = await call(client, subject, "", SHORT)
        if "failed" in outcome:
            self.failures[outcome["failed"]] += 1
        elif "Nats-Service-Error" in outcome["headers"]:
            self.failures[outcome["headers"]["Nats-Service-Error-Code"]] += 1
        else:
            self.counts[outcome["data"]] += 1

    def result(self):
        return {"counts": self.counts, "failures": self.failures}


async def share(client, subject, count):
    shared = Share()
    for _ in range(int(count)):
        await shared.call(client, subject)
    return shared.result()


async def keep(client, subject, lines):
    shared, stop = Share(), asyncio.ensure_future(lines.readline())
    print(json.dumps("calling"), flush=True)
    while not stop.done():
        await shared.call(client, subject)
    return shared.result()


async def main():
    loop = asyncio.get_running_loop()
    lines = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    client = await nats.connect(sys.argv[1], max_reconnect_attempts=-1, reconnect_time_wait=0.05)
    while line := (await lines.readline()).decode():
        command, *words = line.rstrip("\n").split(" ", 2)
        words += [""] * (1 if command == "call" and len(words) == 1 else 0)
        functions = {"call": call, "ask": ask, "share": share}
        if command == "keep":
            result = await keep(client, *words, lines)
        else:
            result = await functions[command](client, *words)
        print(json.dumps(result), flush=True)
    await client.close()


asyncio.run(main())
