// Has the official coverage tool invent calls from the document of each daemon, and checks the results against it.
//
//     node coverage.js '[{"name": "echo", "socket": "/…", "skip": ["echo.close"]}, …]'
//
// The tool counts a fault as a failure. Here it is not one if an invented call deserves it: an unknown method or worker,
// a number that the handler refuses. A result that its schema does not allow is always a failure, and so is a call
// without a reply, or one that the daemon does not accept as a request.

"use strict";

const coverage = require("@open-rpc/test-coverage").default;
const faker = require("json-schema-faker");
const { parseOpenRPCDocument } = require("@open-rpc/schema-utils-js");
const { Lines } = require("./lines");

// Faults that mean that the protocol or the schema was violated: no invented call deserves one.
const NEVER = [-32700, -32600, -32602, -32603];

// Methods that would stop the daemon, or the calls that follow.
const SKIP = [
  "daemon.shutdown",
  // The fault for a wrong token comes late, and ends the connection; rights that were dropped do not come back.
  "auth",
  "daemon.drop_rights",
];

// Invents the same calls in every run.
function steady(seed) {
  return () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
}

const silent = { onBegin() {}, onTestBegin() {}, onTestEnd() {}, onEnd() {} };

async function cover({ name, socket, skip = [] }) {
  const lines = new Lines(socket);
  const openrpcDocument = await parseOpenRPCDocument(await lines.ask("rpc.discover", []));
  const transport = (_, method, params) => lines.call(method, params);
  faker.option({ random: steady(1) });
  const options = { openrpcDocument, transport, reporters: [silent], skip: [...SKIP, ...skip], only: [] };
  const calls = await coverage(options);
  lines.close();
  return calls.map((call) => [call, mistake(call)]).filter(([, mistake]) => mistake)
    .map(([call, mistake]) => `${name}: ${call.methodName}(${JSON.stringify(call.params)}): ${mistake}`)
    .concat(calls.length > 0 ? [] : [`${name}: no calls`]);
}

function mistake(call) {
  if (call.requestError) return call.requestError.message;
  if (call.error) return NEVER.includes(call.error.code) ? JSON.stringify(call.error) : undefined;
  return call.valid ? undefined : call.reason;
}

async function main(daemons) {
  const mistakes = [];
  for (const daemon of daemons) mistakes.push(...(await cover(daemon)));
  mistakes.forEach((mistake) => console.error(mistake));
  if (mistakes.length > 0) process.exit(1);
  console.log("all is well");
}

main(JSON.parse(process.argv[2])).catch((error) => {
  console.error(error);
  process.exit(1);
});
