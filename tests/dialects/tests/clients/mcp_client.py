"""Calls of tools by the Python SDK of MCP: over the pipes of the sub-command, and over HTTP."""

import asyncio
import json
import os
import sys

from mcp import MCPError, StdioServerParameters
from mcp.client.client import Client


async def use(client, is_root):
    info = client.server_info
    assert (info.name, info.title, info.description) == ("teller", "teller", "I count."), info
    assert client.instructions == "I count.", client.instructions
    assert client.server_capabilities.tools is not None

    tools = {tool.name: tool for tool in (await client.list_tools()).tools}
    assert {"teller-echo", "teller-reset", "teller-count", "daemon-status"} <= set(tools), tools
    # What a caller may not call is not listed.
    assert ("teller-secret" in tools) == is_root, tools
    assert not {"teller-inner", "daemon-shutdown", "rpc-discover"} & set(tools), tools
    reset = tools["teller-reset"]
    assert reset.title == "teller.reset" and reset.description.endswith("Nobody can undo this."), reset
    assert reset.annotations.destructive_hint is True and reset.annotations.read_only_hint is False, reset
    assert tools["teller-served"].annotations.read_only_hint is True, tools["teller-served"]
    assert tools["daemon-status"].annotations.read_only_hint is True
    assert tools["teller-echo"].annotations.destructive_hint is None
    start = reset.input_schema["properties"]["from"]
    assert (start["default"], start["maximum"], start["description"]) == (0, 1000, "Where to begin"), start
    assert reset.input_schema["additionalProperties"] is False
    assert tools["teller-echo"].input_schema["required"] == ["text"]
    assert reset.output_schema["required"] == ["before", "from"], reset.output_schema

    # The SDK checks what is structured against the schema.
    echo = await client.call_tool("teller-echo", {"text": "grüße\n"})
    assert echo.structured_content == {"result": "grüße\n"} and not echo.is_error, echo
    assert json.loads(echo.content[0].text) == "grüße\n", echo
    total = await client.call_tool("teller-reset", {"from": 7})
    assert total.structured_content["from"] == 7, total
    assert (await client.call_tool("teller-served", {})).structured_content == {"result": 7}
    later = await client.call_tool("teller-later", {"text": "x", "milliseconds": 5})
    assert later.structured_content == {"result": "x"}, later
    status = await client.call_tool("daemon-status", {})
    assert status.structured_content["name"] == "teller", status

    for arguments, text in [
        ({"text": 5}, "the parameter `text` is invalid"),
        ({}, "the parameter `text` is invalid: it is missing"),
        ({"text": "a", "more": 1}, "more"),
    ]:
        refused = await client.call_tool("teller-echo", arguments)
        assert refused.is_error and text in refused.content[0].text, refused
    secret = await client.call_tool("teller-secret", {})
    assert is_root or secret.is_error and "Not allowed" in secret.content[0].text, secret
    try:
        await client.call_tool("teller-inner", {})
        raise AssertionError("an unknown tool was called")
    except MCPError as error:
        assert error.code == -32602 and "Unknown tool" in error.message, error

    seen = []

    async def progress(done, total, message):
        seen.append((done, json.loads(message)))

    counted = await client.call_tool("teller-count", {"to": 3}, progress_callback=progress)
    assert counted.structured_content == {"items": [1, 2, 3]}, counted
    assert seen == [(1, 1), (2, 2), (3, 3)], seen
    endless = await client.call_tool("teller-count", {"to": 100000})
    assert endless.structured_content["more"] is True, endless
    assert endless.structured_content["items"][:2] == [1, 2] or endless.structured_content["missed"], endless

    # What waits does not keep others from being served, and can be cancelled.
    slow = asyncio.create_task(client.call_tool("teller-later", {"text": "x", "milliseconds": 3600000}))
    silent = asyncio.create_task(client.call_tool("teller-silence", {}))
    assert (await client.call_tool("teller-echo", {"text": "a"})).structured_content == {"result": "a"}
    for task in (slow, silent):
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass
    assert (await client.call_tool("teller-echo", {"text": "b"})).structured_content == {"result": "b"}


async def main(mode, expected, *server):
    over_http = server[0].startswith("http")
    if over_http:
        target = server[0]
    else:
        target = StdioServerParameters(command=server[0], args=list(server[1:]))
    async with Client(target, mode=mode) as client:
        assert client.protocol_version == expected, client.protocol_version
        await use(client, is_root=not over_http and os.getuid() == 0)
    print("all is well")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
