"""Speaks to an inet socket by `aiorpcx`, the client library of the Electrum world: many calls on one connection."""

import asyncio
import sys

import aiorpcx


async def main():
    async with aiorpcx.connect_rs(sys.argv[1], int(sys.argv[2])) as session:
        assert await session.send_request("sum", [1, 2, 3]) == 6
        assert await session.send_request("subtract", {"minuend": 42, "subtrahend": 23}) == 19
        await session.send_notification("notify_hello", [7])
        assert "hello 7" in await session.send_request("kitchen.heard")
        # All at once, answered out of order.
        delays = [40, 1, 20, 0]
        calls = [session.send_request("kitchen.later", [delay]) for delay in delays]
        assert await asyncio.gather(*calls) == ["ready"] * len(delays)
        calls = [session.send_request("kitchen.same", [number]) for number in range(200)]
        assert await asyncio.gather(*calls) == list(range(200))
        try:
            await session.send_request("kitchen.fetch", ["stew"])
            raise AssertionError("a fault did not come")
        except aiorpcx.RPCError as error:
            assert (error.code, error.message) == (2, "no such dish: stew"), error
        async with session.send_batch() as batch:
            batch.add_request("sum", [1, 2, 3])
            batch.add_notification("notify_hello", [8])
            batch.add_request("kitchen.later", [5])
        assert batch.results == (6, "ready"), batch.results
    print("all is well")


if __name__ == "__main__":
    asyncio.run(main())
