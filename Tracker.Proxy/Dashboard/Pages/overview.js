import { address, stats, status } from './api.js';
import { choices } from './choices.js';
import { card, choice, h, live } from './dom.js';
import { columns, meter, parts, topGroups, week } from './charts.js';
import { connect } from './clients.js';
import * as f from './format.js';

const measures = {
  cost: { title: 'Cost', of: totals => totals.cost_usd, format: f.money, axis: f.moneyAxis },
  tokens: { title: 'Tokens', of: totals => totals.input_tokens + totals.cache_read_tokens + totals.cache_creation_tokens + totals.output_tokens, format: f.compact, axis: () => f.compact, least: 1 },
  calls: { title: 'Calls', of: totals => totals.calls, format: f.compact, axis: () => f.compact, least: 1 },
};

const groupings = [['model', 'by model'], ['client', 'by client'], ['project', 'by project'], ['provider', 'by provider']];
const lengths = [['7', '7 days'], ['30', '30 days'], ['90', '90 days'], ['365', '365 days']];
const { chosen, read, set: choose } = choices({ measure: 'cost', by: 'model', days: '30' }, { measure: Object.entries(measures), by: groupings, days: lengths });

export async function overview(refresh, parameters) {
  read('overview', parameters);
  const [summary, daily, hourly, cache, limits, state] = await Promise.all([
    stats('summary'), stats('daily', { by: chosen.by, days: chosen.days }), stats('hourly', { days: 28 }), stats('cache', { period: '30d' }), stats('limits'), status()]);
  const periods = Object.fromEntries(summary.periods.map(period => [period.period, period]));
  if (periods.all.totals.calls === 0) {
    return h('div', { class: 'grid', 'data-waits': true }, card('Nothing recorded yet', null,
      h('p', null, 'Point your clients at this proxy once and use them as always; calls appear here as they end. Nothing leaves this machine but those calls.'), connect()));
  }

  return h('div', { class: 'grid' },
    figures(periods, summary.generated_at),
    trend(daily, refresh),
    card('Where the tokens went, 30 days', { width: 'w6' }, tokens(periods['30 days'].totals)),
    card('Cache, 30 days', { width: 'w6' }, caching(cache, periods['30 days'].totals)),
    card('Hours of the week, 4 weeks', { width: 'w6' }, hours(hourly)),
    card('Subscription windows', { width: 'w6' }, windows(limits.windows)),
    live(state, state => card('Now', { width: 'w6' }, now(state))),
    card('Billed and included, 30 days', { width: 'w6' }, billed(summary.auth_modes)));
}

function figures(periods, generatedAt) {
  const month = periods.month.totals;
  return [
    figure('Today', periods.today.totals), figure('7 days', periods['7 days'].totals), figure('30 days', periods['30 days'].totals),
    figure('This month', month, projection(periods.month, periods.all.totals.first_at, generatedAt)),
  ];
}

function figure(title, totals, more) {
  return card(title, { width: 'w3' },
    h('p', { class: 'figure' }, f.money(totals.cost_usd)),
    h('p', { class: 'note' }, `${f.calls(totals.calls, f.compact)}, ${f.compact(measures.tokens.of(totals))} tokens`),
    totals.unpriced_calls > 0 && h('p', { class: 'note warn' }, `Missing: ${f.calls(totals.unpriced_calls)} without a price`),
    totals.uncounted_calls > 0 && h('p', { class: 'note warn' }, `Missing: ${f.calls(totals.uncounted_calls)} whose tokens nobody reported`),
    more && h('p', { class: 'note' }, more));
}

// The days so far, carried on, without those of the month before Tracker knew of any call; said only when there is something to carry on from.
function projection(month, firstAt, generatedAt) {
  const [start, now] = [new Date(month.from), new Date(generatedAt)];
  const end = new Date(start);
  end.setDate(end.getDate() + 15);
  end.setMonth(end.getMonth() + 1, 1);
  end.setHours(0, 0, 0, 0);
  const begun = new Date(Math.max(start, new Date(firstAt)));
  const [part, pace] = [(now - begun) / (end - start), (end - begun) / (now - begun)];
  return month.totals.cost_usd && part > .1 && now < end ? `${f.money(month.totals.cost_usd * pace)} by its end at this pace` : null;
}

function trend(daily, refresh) {
  const measure = measures[chosen.measure];
  const days = new Map();
  const today = Date.parse(f.today(daily.time_zone));
  for (let index = chosen.days - 1; index >= 0; index--) {
    const key = new Date(today - index * 86400000).toISOString().slice(0, 10);
    days.set(key, { label: f.dayOf(key), title: f.fullDayOf(key), parts: new Map() });
  }
  const totals = new Map();
  for (const row of daily.days) {
    const group = row[chosen.by] ?? '';
    const value = measure.of(row.totals);
    days.get(row.day)?.parts.set(group, value);
    totals.set(group, (totals.get(group) ?? 0) + (value ?? 0)); // For the order alone.
  }
  const projectOf = f.projects([...totals.keys()]);
  const nameOf = group => group === null ? 'others' : chosen.by === 'project' ? projectOf(group) : f.name(group);
  const set = (key, value) => { choose('overview', key, value); refresh(); };
  return card(`${measure.title} by day`, {
    tools: [
      choice('Measure', Object.entries(measures).map(([key, { title }]) => [key, title]), chosen.measure, value => set('measure', value)),
      choice('Told apart by', groupings, chosen.by, value => set('by', value)),
      choice('Time', lengths, chosen.days, value => set('days', value)),
      h('a', { href: address('daily', { by: chosen.by, days: chosen.days, format: 'csv' }), download: 'tracker-daily.csv' }, 'CSV'),
    ],
  }, columns([...days.values()], topGroups(totals), { ...measure, nameOf, label: `${measure.title} of each of the last ${chosen.days} days` }));
}

const tokens = totals => parts([
  ['Fresh input', totals.input_tokens, f.compact(totals.input_tokens)], ['Output', totals.output_tokens, f.compact(totals.output_tokens)],
  ['Cache read', totals.cache_read_tokens, f.compact(totals.cache_read_tokens)], ['Cache written', totals.cache_creation_tokens, f.compact(totals.cache_creation_tokens)]]);

function caching(cache, totals) {
  const read = cache.models.reduce((sum, row) => sum + row.cache_read_tokens, 0);
  const all = cache.models.reduce((sum, row) => sum + row.total_input_tokens, 0);
  const saved = f.sumOfKnown(cache.models.map(row => row.saved_usd));
  return [
    h('p', { class: 'figure' }, all === 0 ? f.unknown : f.share(read / all)),
    h('p', { class: 'note' }, `of the input came from the cache: ${f.compact(read)} of ${f.compact(all)} tokens`),
    cache.models.length > 0 && saved !== null && h('p', { class: 'note' }, `${f.money(Math.abs(saved))} ${saved < 0 ? 'more' : 'less'} than the same tokens as fresh input, at list prices (${f.money(totals.cost_usd)} with the cache)`),
  ];
}

function hours(hourly) {
  const values = Array.from({ length: 7 }, () => Array(24).fill(0));
  for (const row of hourly.hours) {
    const [date, hour] = [new Date(`${row.hour.slice(0, 10)}T00:00:00Z`), Number(row.hour.slice(11, 13))];
    values[(date.getUTCDay() + 6) % 7][hour] += row.totals.calls;
  }
  return week(values, { format: value => f.calls(value), weekdayOf: f.weekdayOf, label: 'Calls by weekday and hour' });
}

function windows(all) {
  if (all.length === 0) return h('p', { class: 'note' }, 'No call has told of a subscription’s limits yet. Claude and ChatGPT subscriptions tell them in their answers.');
  return all.map(window => h('div', null,
    h('h3', null, `${window.provider} ${window.window}: ${f.share(window.used)}`), meter(window.used, `${window.provider} ${window.window}`),
    h('p', { class: 'note' }, window.resets_at ? `begins anew ${f.since(window.resets_at)} (${f.shortAt(window.resets_at)})` : window.used > 0 ? 'when it begins anew was not told' : 'begins anew with the next call', `; as of ${f.since(window.observed_at)}`, window.cost_usd ? `; ${f.money(window.cost_usd)} at list prices so far, ${f.money(window.cost_per_percent_usd)} for each percent` : '')));
}

function now(state) {
  const pairs = [['Open calls', f.count(state.open_calls ?? 0)], ['Waiting to be stored', f.count(state.queue_depth + state.spilled)], ['Last stored', f.lastStored(state)], ['Last import', f.since(state.last_import)]];
  return h('dl', { class: 'pairs' }, pairs.map(([key, value]) => [h('dt', null, key), h('dd', null, value)]));
}

function billed(modes) {
  const names = { api_key: 'By API key, billed by the call', subscription: 'In a subscription, included' };
  return modes.length === 0 ? h('p', { class: 'note' }, 'No calls.') : h('dl', { class: 'pairs' }, modes.map(mode => [h('dt', null, names[mode.auth_mode] ?? 'Not known'), h('dd', null, `${f.money(mode.totals.cost_usd)}, ${f.calls(mode.totals.calls, f.compact)}`)]));
}
