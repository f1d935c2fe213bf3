// Requests to the daemon.

async function post(body, signal, headers = {}) {
  const answer = await fetch('/rpc', { method: 'POST', body, signal, cache: 'no-store', headers: { 'Content-Type': 'application/json', ...headers } });
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  throw Object.assign(new Error(problem.detail ?? `status ${answer.status}`), { status: answer.status });
}

// Calls methods without parameters, in one request. The result of a fault is `undefined`.
async function results(methods, signal) {
  const batch = methods.map((method, id) => ({ jsonrpc: '2.0', id, method }));
  const replies = [parse(await (await post(JSON.stringify(batch), signal)).text())].flat();
  return methods.map((_, id) => replies.find((reply) => reply.id === id)?.result);
}

// Makes a call that sends items, and yields the messages as they come (HTML standard, section 9.2).
async function* messages(body, signal) {
  const answer = await post(body, signal, { Accept: 'text/event-stream' });
  // What is wrong with the call comes as a single message.
  if (!answer.headers.get('Content-Type').startsWith('text/event-stream')) return yield parse(await answer.text());
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop();
    for (const block of blocks) yield parse(block.replace(/^data: /, ''));
  }
}
