// Elements and texts. What the daemon sends becomes text nodes, never markup.

const $ = (id) => document.getElementById(id);

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value != null) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child != null && child !== false));
  return element;
}

const make = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);

const draw = (tag, attributes = {}, ...children) =>
  fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);

const button = (text, onclick, attributes = {}) => make('button', { type: 'button', onclick, ...attributes }, text);

const count = (number) => number.toLocaleString('en');

const plural = (number, one, many = one + 's') => `${count(number)} ${number === 1 ? one : many}`;

const digits = (number) => Number(number.toPrecision(number >= 100 ? 3 : 2)).toLocaleString('en');

// A length of time, with at most two units.
function span(seconds) {
  if (seconds < 1e-3) return `${digits(seconds * 1e6)} µs`;
  if (seconds < 1) return `${digits(seconds * 1e3)} ms`;
  if (seconds < 60) return `${digits(seconds)} s`;
  const units = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']];
  const first = units.findIndex(([size]) => seconds >= size);
  const parts = units.slice(first, first + 2).map(([size, unit]) => {
    const whole = Math.floor(seconds / size);
    seconds -= whole * size;
    return whole > 0 && `${whole} ${unit}`;
  });
  return parts.filter(Boolean).join(' ');
}

const clock = (time) => new Date(time * 1000).toLocaleTimeString('en-GB');

// A list with the newest entries on top. More than `limit` are not kept, and it is drawn once a frame.
class Log {
  constructor(list, limit = 300) {
    Object.assign(this, { list, limit, waiting: [], total: 0, paused: false });
  }

  add(content) {
    this.waiting.push({ content, number: ++this.total });
    if (this.waiting.length > this.limit) this.waiting.shift();
    if (!this.paused) this.show();
  }

  show() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      if (this.paused) return;
      const entries = this.waiting.splice(0).map(({ content, number }) => make('li', { value: number }, ...content()));
      this.list.prepend(...entries.reverse());
      while (this.list.childElementCount > this.limit) this.list.lastElementChild.remove();
    });
  }

  pause(paused) {
    this.paused = paused;
    if (!paused) this.show();
  }
}
