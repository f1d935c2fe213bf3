// Rates and durations of the last minutes, from what the daemon counts.

const MINUTES = 5;
const WINDOW = 10;

let samples = [];

// Sums up the calls of all methods but the built-in ones, which this page calls.
function totals({ methods }) {
  const summaries = Object.entries(methods).filter(([name]) => !isBuiltIn(name)).map(([, summary]) => summary);
  const sum = (key) => summaries.reduce((total, summary) => total + summary[key], 0);
  return { calls: sum('calls'), faults: sum('errors') };
}

// Adds what the daemon counts at a time, in seconds.
function addSample(time, status, buckets) {
  const last = samples.at(-1);
  const now = { time, ...totals(status), buckets };
  // Counts begin anew with the daemon.
  samples.push({ ...now, isGap: !last || last.calls > now.calls || time - last.time > WINDOW });
  samples = samples.filter((sample) => sample.time >= time - MINUTES * 60);
  samples.forEach(derive);
}

function derive(sample, index) {
  const last = samples[index - 1];
  if (sample.isGap || !last || sample.rate !== undefined) return;
  const seconds = sample.time - last.time;
  sample.rate = (sample.calls - last.calls) / seconds;
  sample.faultRate = (sample.faults - last.faults) / seconds;
  // Durations of the latest seconds, so that there are enough of them.
  let from = index - 1;
  while (from > 0 && !samples[from].isGap && sample.time - samples[from].time < WINDOW) from--;
  sample.median = quantile(0.5, samples[from].buckets, sample.buckets);
  sample.most = quantile(0.99, samples[from].buckets, sample.buckets);
}

// Reads the buckets of durations from text in the format of OpenMetrics: their upper ends, and how many calls in all.
function readBuckets(page) {
  const buckets = new Map();
  for (const [, labels, value] of page.matchAll(/^daemon_call_duration_seconds_bucket\{(.*)\} (\S+)/gm)) {
    const end = /le="([^"]+)"/.exec(labels)?.[1];
    const method = /method="([^"]+)"/.exec(labels)?.[1] ?? '';
    if (end && !isBuiltIn(method)) {
      const key = end === '+Inf' ? Infinity : Number(end);
      buckets.set(key, (buckets.get(key) ?? 0) + Number(value));
    }
  }
  return new Map([...buckets].sort(([one], [other]) => one - other));
}

// Estimates a quantile of the calls between two moments.
function quantile(share, before, after) {
  if (!before || !after) return undefined;
  const counts = [...after].map(([end, total]) => [end, total - (before.get(end) ?? 0)]);
  const wanted = share * (counts.at(-1)?.[1] ?? 0);
  if (!(wanted > 0)) return undefined;
  let [start, below] = [0, 0];
  for (const [end, upTo] of counts) {
    if (upTo >= wanted) return end === Infinity ? start : start + (end - start) * (wanted - below) / (upTo - below);
    [start, below] = [end, upTo];
  }
  return undefined;
}

function drawPlots() {
  const latest = samples.at(-1) ?? {};
  const top = niceTop(Math.max(1, ...samples.map(({ rate }) => rate ?? 0)));
  const per = (value) => value === undefined ? 'none yet' : `${digits(value)}/s`;
  const took = (value) => value === undefined ? 'none yet' : span(value);
  plot('rates', {
    lines: [['rate', 'one'], ['faultRate', 'two']],
    ticks: [0, top / 2, top].map((value) => [value / top, `${digits(value)}/s`]),
    scale: (value) => value / top,
    legend: [['one', `calls ${per(latest.rate)}`], ['two', `faults ${per(latest.faultRate)}`]],
    about: 'Calls and faults a second',
  });
  const times = samples.flatMap(({ median, most }) => [median, most]).filter((value) => value > 0);
  const [low, high] = times.length > 0 ? [Math.floor(Math.log10(Math.min(...times))), Math.ceil(Math.log10(Math.max(...times)) + 1e-9)] : [-5, -3];
  const decades = Math.max(1, high - low);
  plot('times', {
    lines: [['median', 'one'], ['most', 'two']],
    ticks: Array.from({ length: decades + 1 }, (_, index) => [index / decades, span(10 ** (low + index))]),
    scale: (value) => (Math.log10(value) - low) / decades,
    legend: [['one', `median ${took(latest.median)}`], ['two', `99 % ${took(latest.most)}`]],
    about: 'How long calls take',
  });
  const rows = samples.filter((sample) => sample.rate !== undefined).slice(-60).reverse();
  $('values').replaceChildren(...rows.map(({ time, rate, faultRate, median, most }) =>
    make('tr', {}, ...[clock(time), per(rate), per(faultRate), median ? took(median) : '–', most ? took(most) : '–'].map((value) => make('td', {}, value)))));
}

function niceTop(value) {
  const step = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].find((factor) => factor * step >= value) * step;
}

function plot(id, { lines, ticks, scale, legend, about }) {
  const svg = $(id);
  const [width, height, left, right, bottom] = [svg.clientWidth || 320, svg.clientWidth > 560 ? 190 : 150, 58, 8, 22];
  const now = samples.at(-1)?.time ?? 0;
  const x = (time) => left + (width - left - right) * (1 - (now - time) / (MINUTES * 60));
  const y = (share) => 8 + (height - bottom - 8) * (1 - Math.min(1, Math.max(0, share)));
  const paths = lines.map(([key, style]) => {
    let isDown = false;
    const steps = samples.map((sample) => {
      const value = sample[key];
      const step = value === undefined ? '' : `${isDown ? 'L' : 'M'}${x(sample.time).toFixed(1)} ${y(scale(value)).toFixed(1)}`;
      isDown = value !== undefined;
      return step;
    });
    return draw('path', { d: steps.join('') || 'M0 0', class: `line ${style}` });
  });
  const grid = ticks.flatMap(([share, label]) => [
    draw('line', { x1: left, x2: width - right, y1: y(share), y2: y(share) }),
    draw('text', { x: left - 6, y: y(share) + 4, 'text-anchor': 'end' }, label)]);
  const hours = Array.from({ length: MINUTES + 1 }, (_, ago) => width < 400 && ![0, 3, 5].includes(ago) ? '' : draw('text', { x: x(now - ago * 60), y: height - 4, 'text-anchor': ago === 0 ? 'end' : 'middle' }, ago === 0 ? 'now' : `−${ago} min`));
  svg.setAttribute('height', height);
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  svg.setAttribute('aria-label', `${about} in the last ${MINUTES} minutes: ${legend.map(([, words]) => words).join(', ')}`);
  svg.replaceChildren(...grid, ...hours, ...paths);
  $(`${id}-caption`).replaceChildren(about, ...legend.map(([style, words]) => make('span', { class: 'key' },
    draw('svg', { width: 22, height: 8, 'aria-hidden': 'true' }, draw('path', { d: 'M0 4H22', class: `line ${style}` })), words)));
}

new ResizeObserver(drawPlots).observe($('activity'));
