// Has the official generator write a TypeScript client for each daemon, compiles them strictly, and calls with them.
//
//     node client.js DIRECTORY '[{"name": "echo", "socket": "/…", "calls": [["my.echo", ["hi"], "hi"]]}, …]'
//
// The generator writes the name of a method as the name of a function, dots and all, and `rpc.discover` has a dot by its
// specification. So it is given a copy of the document with underscores, and the transport puts the dots back. Nothing else
// in the document changes. A daemon with an `address` is called over HTTP, which is what the clients speak; the others get
// a transport that writes lines.

"use strict";

const assert = require("assert");
const fs = require("fs");
const path = require("path");
const ts = require("typescript");
const generate = require("@open-rpc/generator").default;
const { Client, RequestManager } = require("@open-rpc/client-js");
const { HTTPTransport } = require("@open-rpc/client-js/build/transports/HTTPTransport");
const { Transport } = require("@open-rpc/client-js/build/transports/Transport");
const { Lines } = require("./lines");

// Calls that every daemon serves its owner, who is not known over HTTP, and the minimal result.
const COMMON = [
  ["system.methodHelp", ["daemon.reload"], undefined],
  ["system.multicall", [[{ methodName: "daemon.reload" }]], [[true]]],
  ["daemon.reload", [], true],
];

const OPTIONS = {
  strict: true,
  target: ts.ScriptTarget.ES2020,
  module: ts.ModuleKind.CommonJS,
  moduleResolution: ts.ModuleResolutionKind.Node10,
  esModuleInterop: true,
  // Type errors inside the libraries are not our concern.
  skipLibCheck: true,
  types: [],
};

// The transport of a generated client, over lines, with the names as the daemon has them.
class UnixTransport extends Transport {
  constructor(lines, names) {
    super();
    this.lines = lines;
    this.names = names;
  }

  async connect() {}

  close() {}

  sendData(data, timeout = null) {
    const answer = this.transportRequestManager.addRequest(data, timeout);
    const request = this.parseData(data);
    const method = this.names.get(request.method);
    this.lines.exchange(request.id, JSON.stringify({ ...request, method })).then(
      (reply) => this.transportRequestManager.resolveResponse(reply),
      (error) => this.transportRequestManager.settlePendingRequest([data], error),
    );
    return answer;
  }
}

// The transport of the library for HTTP, with the names as the daemon has them.
class NamedHttp extends HTTPTransport {
  constructor(address, names) {
    super(`http://${address}/rpc`);
    this.names = names;
  }

  sendData(data, timeout = null) {
    data.request.method = this.names.get(data.request.method);
    return super.sendData(data, timeout);
  }
}

function plain(name) {
  return name.replace(/\./g, "_");
}

async function write(directory, daemon) {
  daemon.lines = new Lines(daemon.socket);
  daemon.document = await daemon.lines.ask("rpc.discover", []);
  const names = daemon.document.methods.map((method) => method.name);
  daemon.names = new Map(names.map((name) => [plain(name), name]));
  assert.equal(daemon.names.size, names.length, `${daemon.name}: two names are one without their dots`);
  const openrpcDocument = structuredClone(daemon.document);
  for (const method of openrpcDocument.methods) method.name = plain(method.name);
  await generate({
    openrpcDocument,
    outDir: path.join(directory, daemon.name),
    components: [{ type: "client", language: "typescript", name: daemon.name }],
  });
  return path.join(directory, daemon.name, "client/typescript/src/index.ts");
}

function compile(files) {
  const program = ts.createProgram(files, OPTIONS);
  const said = ts.getPreEmitDiagnostics(program).concat(program.emit().diagnostics);
  const host = { getCanonicalFileName: String, getCurrentDirectory: ts.sys.getCurrentDirectory, getNewLine: () => "\n" };
  assert.equal(said.length, 0, ts.formatDiagnostics(said, host));
}

async function call(file, daemon) {
  const Generated = require(file.replace(/ts$/, "js")).default;
  const client = new Generated({ transport: { type: "http", host: "localhost", port: 1 } });
  const transport = daemon.address
    ? new NamedHttp(daemon.address, daemon.names)
    : new UnixTransport(daemon.lines, daemon.names);
  client.rpc = new Client(new RequestManager([transport]));
  for (const name of daemon.names.keys()) assert.equal(typeof client[name], "function", name);
  for (const [method, params, result] of [...(daemon.address ? [] : COMMON), ...(daemon.calls ?? [])]) {
    const answer = await client[plain(method)](...params).catch((error) => {
      throw new Error(`${daemon.name}: ${method}: ${error.message ?? JSON.stringify(error)}`);
    });
    if (result !== undefined) assert.deepEqual(answer, result, `${daemon.name}: ${method}`);
  }
  assert.deepEqual(await client.system_listMethods(), daemon.document.methods.map((method) => method.name));
  assert.equal((await client.daemon_status()).name, daemon.document.info.title);
  assert.deepEqual(await client.rpc_discover(), daemon.document);
  daemon.lines.close();
}

async function main(directory, daemons) {
  // Where the compiler and the clients look for what they import.
  fs.symlinkSync(process.env.NODE_PATH, path.join(directory, "node_modules"));
  const files = [];
  for (const daemon of daemons) files.push(await write(directory, daemon));
  compile(files);
  for (const [index, daemon] of daemons.entries()) await call(files[index], daemon);
  console.log("all is well");
}

main(process.argv[2], JSON.parse(process.argv[3])).catch((error) => {
  console.error(error);
  process.exit(1);
});
