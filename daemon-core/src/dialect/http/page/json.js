// JSON that keeps every digit of a number, and prints itself.

class Exact {
  constructor(text) {
    this.text = text;
  }
}

const isWhole = (text) => /^-?\d+$/.test(text);

const parse = (text) => JSON.parse(text, (key, value, context) => {
  const isInexact = typeof value === 'number' && !(Number.isSafeInteger(value) || (isFinite(value) && !Number.isInteger(value)));
  return isInexact && context?.source ? new Exact(context.source) : value;
});

const isTree = (value) => typeof value === 'object' && value !== null && !(value instanceof Exact);

// Yields pairs of a kind and a text.
function* tokens(value, indent, depth = 0) {
  if (!isTree(value)) {
    const kind = value instanceof Exact ? 'number' : value === null ? 'null' : typeof value;
    return yield [kind, value instanceof Exact ? value.text : JSON.stringify(value)];
  }
  const isArray = Array.isArray(value);
  const keys = Object.keys(value);
  const isShort = !indent || keys.length === 0 || (isArray && keys.length <= 16 && !value.some(isTree));
  const line = (depth) => isShort ? '' : '\n' + indent.repeat(depth);
  yield ['mark', isArray ? '[' : '{'];
  for (const [index, key] of keys.entries()) {
    yield ['mark', (index === 0 ? '' : isShort && indent ? ', ' : ',') + line(depth + 1)];
    if (!isArray) {
      yield ['key', JSON.stringify(key)];
      yield ['mark', indent ? ': ' : ':'];
    }
    yield* tokens(value[key], indent, depth + 1);
  }
  yield ['mark', line(depth) + (isArray ? ']' : '}')];
}

const compact = (value) => [...tokens(value, '')].map(([, text]) => text).join('');

const pretty = (value) => [...tokens(value, '  ')].map(([, text]) => text).join('');

// A value in colours, cut after so many characters.
function printed(value, most = 50000) {
  const box = make('pre', { tabindex: 0 });
  // A text of several lines is shown as it is.
  const pieces = typeof value === 'string' && value.includes('\n') ? [['', value]] : tokens(value, '  ');
  let left = most;
  for (const [kind, text] of pieces) {
    box.append(kind === 'mark' || !kind ? text.slice(0, left) : make('span', { class: 'json-' + kind }, text.slice(0, left)));
    left -= text.length;
    if (left <= 0) {
      box.append(make('em', {}, '\n… the rest is not shown; Copy has all of it'));
      break;
    }
  }
  return box;
}
