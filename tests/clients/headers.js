// Speaks to a unix socket by `vscode-jsonrpc`, whose messages have headers.

const assert = require("node:assert");
const net = require("node:net");
const rpc = require("vscode-jsonrpc/node");

async function main(path) {
  const socket = net.connect(path);
  const connection = rpc.createMessageConnection(
    new rpc.SocketMessageReader(socket),
    new rpc.SocketMessageWriter(socket),
  );
  connection.listen();
  assert.equal(await connection.sendRequest("sum", 1, 2, 3), 6);
  const named = rpc.ParameterStructures.byName;
  const subtract = new rpc.RequestType("subtract", named);
  assert.equal(await connection.sendRequest(subtract, { minuend: 42, subtrahend: 23 }), 19);
  await connection.sendNotification("notify_hello", 7);
  const calls = [40, 1, 20, 0].map((delay) => connection.sendRequest("kitchen.later", delay));
  assert.deepEqual(await Promise.all(calls), Array(4).fill("ready"));
  await assert.rejects(connection.sendRequest("kitchen.fetch", "stew"), {
    code: 2,
    message: "no such dish: stew",
  });
  connection.dispose();
  socket.destroy();
  console.log("all is well");
}

main(process.argv[2]).catch((error) => {
  console.error(error);
  process.exit(1);
});
