// What the daemon is doing: its facts, its workers, its events; and whether it is there.

const PERIOD = 2;
const LONGEST_WAIT = 30;
const PATIENCE = 10;

let status;
let failures = 0;
let timer;
let looking;
let feeding;
const feed = new Log($('events'));

// Looks at the daemon, and again after some time, as long as somebody sees the page.
async function look() {
  clearTimeout(timer);
  looking?.abort();
  const controller = looking = new AbortController();
  try {
    const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(PATIENCE * 1000)]);
    await refresh(signal);
    failures = 0;
    present();
  } catch (error) {
    if (controller.signal.aborted) return;
    absent(error);
  }
  if (!document.hidden) timer = setTimeout(look, (failures ? wait() : PERIOD) * 1000);
}

const wait = () => Math.min(LONGEST_WAIT, 2 ** (failures - 1));

async function refresh(signal) {
  // The daemon would count calls of methods that it does not have.
  const has = (name) => methods.has(name) ? [name] : [];
  const [now, ...others] = await results(['daemon.status', ...has('daemon.metrics'), ...has('worker.info')], signal);
  if (!now) throw Object.assign(new Error('it does not tell its status'), { status: 403 });
  const isNew = status?.pid !== now.pid || now.uptime < status.uptime;
  status = now;
  if (isNew) {
    await meet(signal);
    return refresh(signal);
  }
  const page = methods.has('daemon.metrics') ? others.shift() : undefined;
  const [workers = []] = others;
  $('times').closest('figure').hidden = !page;
  $('no-times').hidden = Boolean(page);
  showFacts(workers, page);
  showWorkers(workers);
  showCounts();
  addSample(Date.now() / 1000, now, page && readBuckets(page));
  drawPlots();
}

// Reads the description of a daemon that has started.
async function meet(signal) {
  const [document, names] = await results(['rpc.discover', 'system.listMethods'], signal);
  // Without the feature `schema` there are only names.
  const summary = 'Only its name is known: the daemon was compiled without the feature schema.';
  listMethods(document ?? { methods: names.map((name) => ({ name, summary })) });
  feeding?.abort();
  feeding = undefined;
}

function present() {
  $('away').hidden = true;
  state('running');
  document.body.classList.remove('is-away');
  title();
  follow();
}

// A reader speaks each text that is set, even if it is the same.
function state(word) {
  if ($('state').textContent !== word) $('state').textContent = word;
}

function absent(error) {
  failures += 1;
  feeding?.abort();
  feeding = undefined;
  const problem = error.name === 'TimeoutError' ? `The daemon has not answered for ${PATIENCE} seconds.`
    : error.status ? `The daemon refuses: ${error.message}.` : 'The daemon does not answer.';
  $('away-text').textContent = `${problem} The next try is in ${plural(wait(), 'second')}.`;
  $('away').hidden = false;
  state('away');
  document.body.classList.add('is-away');
  title();
}

function title() {
  const parts = [document.body.classList.contains('is-away') && 'away', shown?.method.name, status?.name ?? 'Daemon'];
  document.title = parts.filter(Boolean).join(' · ');
}

function showCounts() {
  shown?.count(own(status?.methods, shown.method.name));
}

function showFacts(workers, page) {
  const { calls, faults } = totals(status);
  $('name').textContent = status.name;
  $('version').textContent = status.version;
  // What metrics count, without the question about workers, or else what workers have been given.
  const counted = /^daemon_calls_in_flight (\d+)/m.exec(page)?.[1];
  const inFlight = counted !== undefined ? Math.max(0, counted - (workers.length > 0 ? 1 : 0))
    : (workers.length > 0 ? workers.reduce((sum, { process, working, queue }) => sum + working + (process === 0 ? queue : 0), 0) : undefined);
  const facts = [['up', span(status.uptime < 1 ? 1 : Math.floor(status.uptime))], ['pid', String(status.pid)], ['connections', count(status.connections)],
    ['calls', count(calls)], ['faults', count(faults)], ...(inFlight === undefined ? [] : [['in flight', count(Number(inFlight))]])];
  $('facts').replaceChildren(...facts.map(([name, value]) => make('div', {}, make('dt', {}, name), make('dd', {}, value))));
}

function showWorkers(workers) {
  $('workers').hidden = workers.length === 0;
  $('processes').replaceChildren(...workers.map((one) => {
    const facts = [one.pid && `pid ${one.pid}`, `for ${span(Math.max(1, Math.floor(one.since)))}`, one.calls > 0 && plural(one.calls, 'call'),
      one.working > 0 && `${count(one.working)} in flight`, one.queue > 0 && `${count(one.queue)} queued`, one.restarts > 0 && plural(one.restarts, 'restart'),
      one.memory && `${digits(one.memory / 1024)} MiB`, one.progress && `${count(one.progress[0])} of ${count(one.progress[1])}`];
    return make('li', {}, make('strong', {}, one.worker), make('span', {}, `#${one.process}`),
      make('span', { class: `badge ${/^(down|failed|waiting|spinup|looping|paused|spindown)$/.test(one.state) ? one.state : ''}` }, one.state),
      make('span', { class: 'note' }, facts.filter(Boolean).join(' · ')),
      one.last_exit ? make('span', { class: 'note' }, `last end: ${one.last_exit}`) : '');
  }));
}

// Shows events as they happen.
async function follow() {
  if (feeding || document.hidden) return;
  const controller = feeding = new AbortController();
  $('feed-note').textContent = '';
  try {
    const request = '{"jsonrpc":"2.0","id":0,"method":"daemon.events"}';
    for await (const { error, params } of messages(request, controller.signal)) {
      // It stays so while this daemon runs.
      if (error) return void ($('feed-note').textContent = `${error.message}: the daemon shows its events to its owner, on a unix socket.`);
      if (params?.missed) feed.add(() => [make('em', {}, `${plural(params.missed, 'event')} missed`)]);
      if (params?.result) event(params.result);
    }
  } catch { /* The next look tells why. */ }
  if (feeding === controller) feeding = undefined;
}

function event({ time, event, ...details }) {
  const words = Object.entries(details).filter(([, value]) => value !== null)
    .map(([name, value]) => `${name} ${typeof value === 'string' ? value : compact(value)}`);
  feed.add(() => [make('time', {}, clock(time)), ' ', make('strong', {}, event), ' ', words.join(', ').slice(0, 1000)]);
  if (feed.paused) $('feed-note').textContent = `${plural(feed.waiting.length, 'event')} since the pause`;
}

$('pause').addEventListener('change', () => {
  feed.pause($('pause').checked);
  $('feed-note').textContent = feed.paused ? 'Paused' : '';
});
$('retry').addEventListener('click', look);
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) return look();
  clearTimeout(timer);
  looking?.abort();
  feeding?.abort();
  feeding = undefined;
});
addEventListener('online', look);
if (!document.hidden) look();
