// Calls of tools by the TypeScript SDK of MCP: over the pipes of the sub-command, and over HTTP.
"use strict";

const assert = require("assert");
const { Client } = require("@modelcontextprotocol/sdk/client/index.js");
const { StdioClientTransport } = require("@modelcontextprotocol/sdk/client/stdio.js");
const { StreamableHTTPClientTransport } = require("@modelcontextprotocol/sdk/client/streamableHttp.js");

async function main([first, ...args]) {
  const transport = first.startsWith("http")
    ? new StreamableHTTPClientTransport(new URL(first))
    : new StdioClientTransport({ command: first, args });
  const client = new Client({ name: "test", version: "1" });
  await client.connect(transport);
  assert.strictEqual(client.getServerVersion().name, "teller");
  assert.strictEqual(client.getInstructions(), "I count.");

  const { tools } = await client.listTools();
  const tool = (name) => tools.find((one) => one.name === name);
  assert.strictEqual(tool("teller-inner"), undefined);
  assert.strictEqual(tool("teller-reset").annotations.destructiveHint, true);
  assert.strictEqual(tool("daemon-status").annotations.readOnlyHint, true);
  assert.ok(tools.every(({ name }) => /^[A-Za-z0-9_-]{1,64}$/.test(name)));

  // The SDK checks what is structured against the schema.
  const call = (name, given, options) => client.callTool({ name, arguments: given }, undefined, options);
  const echo = await call("teller-echo", { text: "grüße" });
  assert.deepStrictEqual(echo.structuredContent, { result: "grüße" });
  assert.strictEqual((await call("teller-reset", { from: 7 })).structuredContent.from, 7);
  assert.strictEqual((await call("daemon-status", {})).structuredContent.name, "teller");
  const refused = await call("teller-echo", { text: 5 });
  assert.ok(refused.isError && refused.content[0].text.includes("`text` is invalid"), JSON.stringify(refused));
  await assert.rejects(call("teller-inner", {}), { code: -32602 });
  await assert.rejects(client.listTools({ cursor: "no cursor" }), { code: -32602 });

  const seen = [];
  const onprogress = ({ progress, message }) => seen.push([progress, message]);
  const counted = await call("teller-drip", { to: 3, milliseconds: 50 }, { onprogress });
  assert.deepStrictEqual(counted.structuredContent, { items: [1, 2, 3] });
  // The SDK drops a notification that comes together with the response.
  assert.deepStrictEqual(seen[0], [1, "1"]);

  const canceller = new AbortController();
  const slow = call("teller-later", { text: "x", milliseconds: 3600000 }, { signal: canceller.signal });
  assert.deepStrictEqual((await call("teller-echo", { text: "a" })).structuredContent, { result: "a" });
  canceller.abort("not needed");
  await assert.rejects(slow, /not needed/);
  assert.deepStrictEqual((await call("teller-echo", { text: "b" })).structuredContent, { result: "b" });
  await client.close();
  console.log("all is well");
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
