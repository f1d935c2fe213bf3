// A daemon's unix socket, with one message per line: the tools use this instead of HTTP.

"use strict";

const net = require("net");

// How long a daemon may take for one reply, in milliseconds.
const PATIENCE = 30000;

// One connection. Replies are matched to calls by id, in any order.
class Lines {
  constructor(path) {
    this.waiting = new Map();
    this.rest = "";
    this.next = 0;
    this.socket = net.createConnection(path);
    this.socket.setEncoding("utf8");
    this.socket.on("data", (text) => this.take(text));
    this.socket.on("error", (error) => this.fail(error));
    this.socket.on("close", () => this.fail(new Error("the daemon hung up")));
  }

  // Sends a request as text and returns the text of its reply.
  exchange(id, text) {
    return new Promise((resolve, reject) => {
      if (this.ended) return reject(this.ended);
      const late = setTimeout(() => this.settle(id, "reject", new Error(`no answer to ${text}`)), PATIENCE);
      this.waiting.set(id, { resolve, reject, late });
      this.socket.write(text + "\n");
    });
  }

  // Makes a call; returns the whole reply.
  async call(method, params) {
    const id = this.next++;
    return JSON.parse(await this.exchange(id, JSON.stringify({ jsonrpc: "2.0", id, method, params })));
  }

  // Makes a call; returns the result, or throws the fault.
  async ask(method, params) {
    const reply = await this.call(method, params);
    if (reply.error) throw new Error(`${method}: ${JSON.stringify(reply.error)}`);
    return reply.result;
  }

  close() {
    this.socket.end();
  }

  take(text) {
    const lines = (this.rest + text).split("\n");
    this.rest = lines.pop();
    for (const line of lines) this.settle(JSON.parse(line).id, "resolve", line);
  }

  settle(id, how, what) {
    const call = this.waiting.get(id);
    if (!call) return;
    clearTimeout(call.late);
    this.waiting.delete(id);
    call[how](what);
  }

  fail(error) {
    this.ended = error;
    for (const id of [...this.waiting.keys()]) this.settle(id, "reject", error);
  }
}

module.exports = { Lines };
