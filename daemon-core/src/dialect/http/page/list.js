// The list of the methods, and which of them is shown.

const BUILT_IN = ['system', 'rpc', 'daemon', 'worker'];

let methods = new Map();

const prefixOf = (name) => name.includes('.') ? name.slice(0, name.lastIndexOf('.')) : '';

const isBuiltIn = (name) => BUILT_IN.includes(prefixOf(name));

const route = (name) => '#/' + encodeURIComponent(name);

function listMethods(document) {
  definitions = document.components?.schemas ?? {};
  methods = new Map(document.methods.map((method) => [method.name, method]));
  const groups = Map.groupBy(methods.values(), ({ name }) => prefixOf(name));
  const rank = (prefix) => BUILT_IN.includes(prefix) ? 1 : 0;
  const sorted = [...groups].sort(([one], [other]) => rank(one) - rank(other));
  $('groups').replaceChildren(...sorted.map(([prefix, members], index) =>
    make('section', { 'aria-labelledby': `group-${index}` },
      make('h2', { id: `group-${index}` }, prefix || 'without a prefix'),
      make('ul', {}, ...members.map((method) => entry(method, prefix))))));
  search();
  navigate();
}

function entry(method, prefix) {
  const link = make('a', { href: route(method.name), class: method.deprecated && 'old' },
    prefix && make('span', { class: 'unseen' }, prefix + '.'), prefix ? method.name.slice(prefix.length + 1) : method.name,
    method.deprecated ? make('small', {}, ' deprecated') : '', method['x-stream'] ? make('small', {}, ' stream') : '');
  const words = [method.name, method.summary, ...(method.params ?? []).map((param) => param.name)];
  const item = make('li', {}, link);
  item.words = words.join(' ').toLowerCase();
  return item;
}

function search() {
  const words = $('search').value.toLowerCase().split(/\s+/);
  let found = 0;
  for (const group of $('groups').children) {
    const items = [...group.querySelectorAll('li')];
    for (const item of items) item.hidden = !words.every((word) => item.words.includes(word));
    const left = items.filter((item) => !item.hidden).length;
    group.hidden = left === 0;
    found += left;
  }
  $('found').textContent = $('search').value && plural(found, 'method');
}

// Shows what the address names.
function navigate(event) {
  if (event && location.hash && !location.hash.startsWith('#/')) return;
  const method = methods.get(named());
  if (shown?.json !== (method && compact(method))) show(method);
  for (const link of document.querySelectorAll('nav a')) {
    if (link.getAttribute('href') === (shown ? route(method.name) : '#/')) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  title();
  if (event) (shown ? $('method-name') : $('main')).focus();
  showCounts();
}

function show(method) {
  shown?.stop();
  shown = method && new MethodView(method);
  shown?.show($('method'));
  $('method').hidden = !shown;
  document.body.classList.toggle('with-method', Boolean(shown));
}

function named() {
  try {
    return decodeURIComponent(location.hash.slice(2));
  } catch {
    return '';
  }
}

$('search').addEventListener('input', search);
$('search').addEventListener('keydown', (event) => {
  if (event.key === 'Enter') document.querySelector('#groups li:not([hidden]) a')?.click();
  if (event.key === 'Escape') {
    $('search').value = '';
    search();
  }
});
addEventListener('hashchange', navigate);
addEventListener('keydown', (event) => {
  if (event.key === '/' && !event.target.closest?.('input, textarea, select')) {
    event.preventDefault();
    $('search').select();
  }
});
