// One method: what it is, its form, and what its call gives.

let shown;
let nextId = 1;

class MethodView {
  constructor(method) {
    Object.assign(this, { method, json: compact(method), live: make('div', { role: 'status', class: 'live' }), items: make('div') });
    this.isStream = Boolean(method['x-stream']);
    this.form = new Form(method, (params) => params === undefined ? this.stop() : this.call(params), (params, from) => copy(this.curl(params), from));
    this.stats = make('p', { class: 'note' });
  }

  show(section) {
    const { method } = this;
    const result = method['x-stream']?.schema ?? method.result?.schema;
    section.replaceChildren(
      make('h2', { id: 'method-name', tabindex: -1 }, method.name),
      make('p', { class: 'returns' }, this.isStream ? 'sends ' : 'returns ', make('span', { class: 'type' }, result ? typeName(result) : 'a value')),
      method.deprecated ? make('p', { class: 'deprecated' }, make('strong', {}, 'Deprecated'), method['x-deprecated'] ? `: ${method['x-deprecated']}` : '') : '',
      make('p', {}, method.summary ?? ''),
      make('p', { class: 'long' }, method.description ?? ''),
      this.form.element, this.live, this.items, this.faults(), this.stats);
  }

  faults() {
    const faults = this.method.errors ?? [];
    if (faults.length === 0) return '';
    return make('details', {}, make('summary', {}, plural(faults.length, 'fault of its own', 'faults of its own')),
      make('ul', {}, ...faults.map(({ code, message }) => make('li', {}, make('code', {}, compact(code)), ` ${message}`))));
  }

  // Shows how often it was called.
  count(summary) {
    this.stats.textContent = summary
      ? `${plural(summary.calls, 'call')}, ${plural(summary.errors, 'fault')}; median ${span(summary.p50 / 1e6)}, 99 % within ${span(summary.p99 / 1e6)}, longest ${span(summary.max / 1e6)}`
      : 'not called since the daemon started';
  }

  request(params) {
    return `{"jsonrpc":"2.0","id":${nextId++},"method":${JSON.stringify(this.method.name)},"params":${params}}`;
  }

  curl(params) {
    const quoted = this.request(params).replaceAll("'", "'\\''");
    const accept = this.isStream ? " -N -H 'Accept: text/event-stream'" : '';
    return `curl -sS${accept} -H 'Content-Type: application/json' ${location.origin}/rpc -d '${quoted}'`;
  }

  stop() {
    this.controller?.abort();
  }

  async call(params) {
    this.stop();
    const controller = this.controller = new AbortController();
    this.start = performance.now();
    this.items.replaceChildren();
    this.live.replaceChildren(make('p', { class: 'note' }, this.isStream ? 'Subscribing …' : 'Calling …'));
    this.form.run(true);
    try {
      const request = this.request(params);
      if (this.isStream) await this.stream(messages(request, controller.signal));
      else this.outcome(parse(await (await post(request, controller.signal)).text()));
    } catch (error) {
      this.say(controller.signal.aborted ? 'Stopped' : `No reply: ${error.message}`);
    }
    if (this.controller === controller) this.form.run(false);
  }

  took() {
    return span((performance.now() - this.start) / 1e3);
  }

  say(words) {
    const text = `${words} after ${this.took()}`;
    this.live.replaceChildren(make('p', { class: 'note' }, this.isStream && this.log ? `${text}, with ${plural(this.log.total, 'item')}` : text));
  }

  outcome({ result, error }) {
    if (error) return this.fault(error);
    this.live.replaceChildren(
      make('div', { class: 'row' }, make('h3', {}, 'Result'), make('span', {}, this.took(), ' ',
        button('Copy', (event) => copy(typeof result === 'string' ? result : pretty(result), event.target), { class: 'quiet', 'aria-label': 'Copy the result' }))),
      printed(result));
  }

  fault({ code, message, data }) {
    const { reason, parameter, position, ...others } = isTree(data) && !Array.isArray(data) ? data : { value: data };
    const rest = Object.values(others).some((value) => value !== undefined);
    this.form.blame({ reason, parameter });
    this.live.replaceChildren(make('div', { class: 'fault' },
      make('div', { class: 'row' }, make('h3', {}, `Fault ${compact(code)}`), make('span', {}, this.took())),
      make('p', { class: 'message' }, message),
      make('p', {}, parameter === undefined ? '' : make('code', {}, String(parameter)), parameter === undefined ? '' : ': ',
        reason === undefined ? '' : typeof reason === 'string' ? reason : compact(reason)),
      rest ? printed('value' in others && !isTree(data) ? data : others) : ''));
  }

  // Shows the items of a subscription as they come.
  async stream(messages) {
    const list = make('ol', { class: 'log', reversed: true, tabindex: 0, 'aria-label': 'Items, the newest first' });
    this.log = new Log(list);
    for await (const { error, params, result } of messages) {
      if (error ?? params?.error) return this.fault(error ?? params.error);
      if (params?.end) return this.say('The stream ended');
      if (result !== undefined) {
        this.items.replaceChildren(list);
        this.live.replaceChildren(make('p', { class: 'note' }, `Subscription ${compact(result)}: items are shown as they come`));
      } else this.item(params);
    }
    this.say('The connection ended');
  }

  item({ result, missed }) {
    const time = span((performance.now() - this.start) / 1e3);
    this.log.add(() => [make('time', {}, time), ' ', make('code', {}, compact(result).slice(0, 2000)),
      missed ? make('em', {}, ` ${plural(missed, 'item')} missed before`) : '']);
  }
}

function copy(text, from) {
  const before = from.textContent;
  const say = (word) => {
    from.textContent = word;
    setTimeout(() => { from.textContent = before; }, 1500);
  };
  navigator.clipboard?.writeText(text).then(() => say('Copied'), () => say('Not allowed'));
}
