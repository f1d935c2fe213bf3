// A form for the parameters of a method.

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

class Field {
  constructor(param, index) {
    const { schema, isNullable } = withoutNull(param.schema ?? {});
    const whole = resolve(schema);
    this.param = param;
    this.schema = schema;
    this.choices = listed(schema);
    this.kind = this.choices ? 'choice' : { string: 'text', integer: 'number', number: 'number' }[whole.type] ?? 'json';
    this.mayLack = !param.required || isNullable;
    this.build(`field-${index}`, whole);
  }

  build(id, whole) {
    const { param, kind } = this;
    const initial = whole.default;
    const described = [param.summary && `${id}-help`, `${id}-mistake`].filter(Boolean).join(' ');
    const common = { id, class: 'control', 'aria-describedby': described, 'aria-required': String(!this.mayLack), autocomplete: 'off', spellcheck: 'false' };
    this.control = kind === 'choice'
      ? make('select', common, ...this.choices.map(([value, doc], index) =>
        make('option', { value: index }, (typeof value === 'string' ? value : compact(value)) + (doc && ` – ${doc}`))))
      : kind === 'number'
        ? make('input', { ...common, inputmode: whole.type === 'integer' ? 'numeric' : 'decimal' })
        : make('textarea', { ...common, rows: kind === 'json' ? 3 : 1 });
    if (initial != null && kind !== 'choice') this.control.placeholder = kind === 'text' ? initial : compact(initial);
    if (initial != null && kind === 'choice') this.set(initial);
    this.sent = this.mayLack && make('input', { type: 'checkbox', onchange: () => this.mark() });
    this.control.addEventListener('input', () => this.touch());
    this.control.addEventListener('change', () => this.touch());
    this.error = make('p', { id: `${id}-mistake`, class: 'mistake' });
    const word = param.required ? 'not null' : 'send';
    this.element = make('div', { class: 'field' },
      make('div', { class: 'row' },
        make('span', {}, make('label', { for: id }, param.name), ' ', make('span', { class: 'type' }, typeName(this.schema))),
        this.sent && make('label', { class: 'send' }, this.sent, ` ${word}`, make('span', { class: 'unseen' }, ` ${param.name}`))),
      param.summary && make('p', { id: `${id}-help`, class: 'help' }, param.summary),
      this.control, this.chips(whole), this.error);
  }

  // Values to fill in with one click.
  chips(whole) {
    const chip = (word, value) => {
      const shown = compact(value);
      const short = shown.length > 40 ? shown.slice(0, 39) + '…' : shown;
      return button(word + short, () => { this.set(value); this.control.focus(); },
        { class: 'chip', 'aria-label': `${word}${short} for ${this.param.name}` });
    };
    const chips = (whole.examples ?? []).slice(0, 4).map((value) => chip('', value));
    if (whole.default != null) chips.unshift(chip('default ', whole.default));
    if (this.kind === 'json' && chips.length === 0 && (whole.type || choicesOf(whole))) chips.push(chip('', sample(this.schema)));
    return chips.length > 0 ? make('div', { class: 'chips' }, ...chips) : null;
  }

  touch() {
    if (this.sent) this.sent.checked = true;
    this.mark();
  }

  set(value) {
    const { control, kind } = this;
    if (kind === 'choice') control.value = this.choices.findIndex(([one]) => compact(one) === compact(value));
    else control.value = kind === 'text' && typeof value === 'string' ? value : kind === 'json' ? pretty(value) : compact(value);
    if (this.element) this.touch();
  }

  clear() {
    if (this.sent) this.sent.checked = false;
    if (this.kind !== 'choice') this.control.value = '';
    this.mark();
  }

  // Shows what is wrong, or that nothing is.
  mark(reason = '') {
    this.error.textContent = reason;
    this.control.setAttribute('aria-invalid', String(reason !== ''));
  }

  // Returns the value as JSON, or `undefined` if it is left out; throws what is wrong with it.
  read() {
    if (this.sent && !this.sent.checked) return this.param.required ? 'null' : undefined;
    const typed = this.control.value;
    if (this.kind === 'choice') return compact(this.choices[typed][0]);
    const json = this.kind === 'text' ? JSON.stringify(typed) : typed.trim();
    if (this.kind === 'number' && !NUMBER.test(json)) throw new Error(`expected ${typeName(this.schema)}`);
    const wrong = mistake(this.parsed(json), this.schema);
    if (wrong) throw new Error(wrong);
    return json;
  }

  parsed(json) {
    try {
      return parse(json);
    } catch (error) {
      throw new Error(json === '' ? 'a value in JSON is missing' : `this is not JSON: ${error.message}`);
    }
  }
}

class Form {
  constructor(method, oncall, oncurl) {
    // Without a description, all parameters are one text.
    this.isBare = !method.params;
    const params = method.params ?? [{ name: 'params', required: false, schema: { default: [] } }];
    this.fields = params.map((param, index) => new Field(param, index));
    this.submit = make('button', { type: 'submit', class: 'primary' }, method['x-stream'] ? 'Subscribe' : 'Call');
    this.stop = button(method['x-stream'] ? 'Stop' : 'Cancel', () => oncall(undefined), { hidden: true });
    const submit = (event) => {
      event.preventDefault();
      const json = this.read();
      if (json !== undefined) oncall(json);
    };
    this.element = make('form', { novalidate: true, onsubmit: submit, onkeydown: (event) => this.key(event) },
      this.examples(method.examples ?? []), ...this.fields.map((field) => field.element),
      make('div', { class: 'row buttons' }, make('span', {}, this.submit, this.stop),
        button('Copy as curl', (event) => { const json = this.read(); if (json !== undefined) oncurl(json, event.target); }, { class: 'quiet' })));
  }

  examples(examples) {
    const chips = examples.map((example, index) =>
      button(example.name ?? `example ${index + 1}`, () => this.fill(example), { class: 'chip' }));
    return chips.length > 0 ? make('div', { class: 'chips' }, make('span', {}, 'Examples'), ...chips) : null;
  }

  fill(example) {
    for (const field of this.fields) {
      const given = example.params.find((param) => param.name === field.param.name);
      if (given === undefined || (given.value === null && field.mayLack)) field.clear();
      else field.set(given.value);
    }
    this.submit.focus();
  }

  // Enter calls, except in JSON, where Ctrl+Enter does.
  key(event) {
    const isText = this.fields.some((field) => field.kind === 'text' && field.control === event.target);
    if (event.key === 'Enter' && !event.isComposing && (event.ctrlKey || event.metaKey || (isText && !event.shiftKey))) {
      event.preventDefault();
      this.element.requestSubmit();
    } else if (event.key === 'Escape' && !this.stop.hidden) this.stop.click();
  }

  // Returns the parameters as JSON; `undefined` if one is wrong, which is marked then.
  read() {
    const members = [];
    let wrong;
    for (const field of this.fields) {
      try {
        const json = field.read();
        field.mark();
        if (json !== undefined) members.push([field.param.name, json]);
      } catch (error) {
        field.mark(error.message);
        wrong ??= field;
      }
    }
    wrong?.control.focus();
    if (wrong) return undefined;
    return this.isBare ? members[0]?.[1] ?? '[]' : `{${members.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;
  }

  // Marks the parameter that a fault is about.
  blame({ parameter, reason }) {
    this.fields.find((field) => field.param.name === parameter)?.mark(reason ?? 'the daemon refuses it');
  }

  run(isRunning) {
    const hadFocus = [this.submit, this.stop].includes(document.activeElement);
    this.submit.hidden = isRunning;
    this.stop.hidden = !isRunning;
    if (hadFocus) (isRunning ? this.stop : this.submit).focus();
  }
}
