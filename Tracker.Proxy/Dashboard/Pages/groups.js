// Pages that are one table of sums.
import { address, stats, status } from './api.js';
import { choices, times } from './choices.js';
import { card, choice, h } from './dom.js';
import { named, projectColumn, sums, unpricedColumns } from './columns.js';
import { dialog } from './dialog.js';
import { forgetSorting, table } from './table.js';
import * as f from './format.js';

const orders = [['cost', 'dearest'], ['newest', 'latest']];
// One for all of these pages: who goes from one to the next stays in the same time.
const { chosen, read, set } = choices({ period: '30d', sort: 'cost' }, { period: times, sort: orders });

const page = (title, report, list, first, filter) => async (refresh, parameters) => {
  read(report, parameters);
  const { period } = chosen;
  const answer = await stats(report, { period });
  return h('div', { class: 'grid' }, card(title, { tools: tools(report, refresh) },
    table(answer[list], [first(answer[list]), ...sums], { caption: title, open: filter && (row => { location.hash = `#/requests?period=${period}&${filter}=${encodeURIComponent(row[filter] ?? '')}`; }) })));
};

const tools = (report, refresh, more = {}) => [
  choice('Time', times, chosen.period, value => { set(report, 'period', value); refresh(); }),
  h('a', { href: address(report, { period: chosen.period, ...more, format: 'csv' }), download: `tracker-${report}.csv` }, 'CSV'),
];

export const projects = page('Projects', 'projects', 'projects', rows => projectColumn('project', rows), 'project');
export const clients = page('Clients', 'clients', 'clients', () => named('Client', 'client'), 'client');

export async function models(refresh, parameters) {
  read('models', parameters);
  const { period } = chosen;
  const [all, unpriced, cache, state] = await Promise.all([stats('models', { period }), stats('unpriced'), stats('cache', { period }), status()]);
  const hits = new Map(cache.models.map(row => [row.model, row]));
  return h('div', { class: 'grid' },
    card('Models', { tools: tools('models', refresh) }, table(all.models, [named('Model', 'model'), ...sums, {
      title: 'From cache', hint: 'The share of the input that was read from the cache', number: true, value: row => hits.get(row.model)?.hit_rate, of: row => hits.has(row.model) ? f.share(hits.get(row.model).hit_rate) : '',
    }], { caption: 'Models', open: row => { location.hash = `#/requests?period=${period}&model=${encodeURIComponent(row.model ?? '')}`; } })),
    (unpriced.models.length > 0 || state.prices_error) && card('Calls without a cost, all time', { error: true },
      state.prices_error && h('p', { class: 'bad' }, state.prices_error),
      h('p', { class: 'note' }, 'Their cost is unknown, and is not guessed. For a model without a price, one of your own can be added: see docs/prices.md.'),
      table(unpriced.models, unpricedColumns, { caption: 'Calls without a cost', empty: 'None.' })));
}

const mostSessions = 200;

export async function sessions(refresh, parameters) {
  read('sessions', parameters);
  const { period, sort } = chosen;
  const answer = await stats('sessions', { period, sort, limit: mostSessions });
  const length = row => row.totals.calls > 1 ? new Date(row.totals.last_at) - new Date(row.totals.first_at) : null;
  return h('div', { class: 'grid' }, card('Sessions', {
    tools: [choice('Order', orders, sort, value => { set('sessions', 'sort', value); forgetSorting(); refresh(); }), ...tools('sessions', refresh, { sort, limit: 1000 })],
  }, table(answer.sessions, [
    { title: 'Last call', value: row => row.totals.last_at, of: row => f.shortAt(row.totals.last_at) }, named('Client', 'client'), projectColumn('project', answer.sessions),
    { title: 'Lasted', hint: 'From the first call of this time to the last', number: true, value: length, of: row => length(row) === null ? '' : f.duration(length(row)) }, ...sums,
    { title: 'First call', value: row => row.totals.first_at, of: row => f.shortAt(row.totals.first_at) },
  ], { caption: 'Sessions', open: showSession }),
  answer.sessions.length === mostSessions && h('p', { class: 'note' }, `Shown, and sorted by a heading, are the ${mostSessions} ${sort === 'cost' ? 'dearest' : 'latest'} ones; the CSV has up to 1000.`)));
}

const showSession = row => dialog('Session', f.project(row.project), async close => {
  const { agents, tools: used } = await stats(`sessions/${encodeURIComponent(row.session)}`);
  const [first, last] = [Math.min(...agents.map(agent => Date.parse(agent.first_at))), Math.max(...agents.map(agent => Date.parse(agent.last_at)))];
  return [
    h('p', { class: 'note' }, `${f.name(row.client)}, session ${row.session}, all time: ${f.at(first)} to ${f.at(last)}`),
    h('p', null, h('a', { href: `#/requests?period=all&sort=oldest&session=${encodeURIComponent(row.session)}`, onclick: close }, 'Its calls, one by one')),
    h('h3', null, 'Agents'), table(tree(agents), [
      { title: 'Agent', long: true, of: agent => `${'\u2003'.repeat(agent.depth)}${agent.agent_id ?? 'main'}`, full: agent => agent.agent_id ?? 'main' }, named('Model', 'model'), ...sums.slice(0, 6),
    ], { caption: 'Agents' }),
    h('h3', null, 'Tools'), table(used, [{ title: 'Tool', of: tool => tool.tool }, { title: 'Calls', number: true, value: tool => tool.calls, of: tool => f.count(tool.calls) }], { caption: 'Tools', empty: 'No tools were asked for.' }),
  ];
});

// Sub-agents below the one that started them; an agent that names no parent that is known, or that only a circle leads to, belongs to the main one.
function tree(agents) {
  const parents = new Map(); // An agent has a row for each model, and not each knows who started it.
  for (const { agent_id: id, parent_agent_id: parent } of agents) parents.set(id, parents.get(id) ?? parent);
  const placed = new Set();
  const below = (id, depth) => {
    if (placed.has(id)) return [];
    placed.add(id);
    const children = [...parents].filter(([child, parent]) => child !== null && (parents.has(parent) ? parent : null) === id).map(([child]) => child);
    return [...agents.filter(agent => agent.agent_id === id).map(agent => ({ ...agent, depth })), ...children.flatMap(child => below(child, depth + 1))];
  };
  return [null, ...parents.keys()].flatMap(id => below(id, id === null ? 0 : 1));
}

export async function coverage(refresh, parameters) {
  read('coverage', parameters);
  const answer = await stats('coverage', { period: chosen.period });
  const added = ['both_calls', 'wire_calls', 'transcript_calls', 'both_cost_usd', 'wire_cost_usd', 'transcript_cost_usd'];
  const byClient = [...new Set(answer.days.map(row => row.client))].map(client => {
    const days = answer.days.filter(row => row.client === client);
    return { client, ...Object.fromEntries(added.map(key => [key, f.sumOfKnown(days.map(row => row[key]))])) };
  });
  const seen = [
    ['Both', 'both', 'The proxy saw the call and the client logged it'], ['Proxy only', 'wire', 'Billed, and in no log: titles, retries, broken streams, SDKs that log nothing'],
    ['Log only', 'transcript', 'The call did not pass the proxy: this client, or this session, is not pointed at it'],
  ].flatMap(([title, key, hint]) => [
    { title, hint, number: true, value: row => row[`${key}_calls`], of: row => row[`${key}_calls`] === 0 ? '' : f.count(row[`${key}_calls`]) },
    { title: `${title}: cost`, number: true, value: row => row[`${key}_cost_usd`], of: row => row[`${key}_calls`] === 0 ? '' : f.money(row[`${key}_cost_usd`]) }]);
  return h('div', { class: 'grid' },
    card('Who saw the calls', { tools: tools('coverage', refresh) }, h('p', { class: 'note' }, 'Calls in a log alone did not pass the proxy; calls that the proxy alone saw are billed and in no log.'),
      table(byClient, [named('Client', 'client'), ...seen], { caption: 'By client' })),
    card('Day by day', null, table(answer.days, [{ title: 'Day', value: row => row.day, of: row => f.fullDayOf(row.day) }, named('Client', 'client'), ...seen], { caption: 'By day and client' })));
}

export async function toolsPage(refresh, parameters) {
  read('tools', parameters);
  const answer = await stats('tools', { period: chosen.period });
  return h('div', { class: 'grid' }, card('Tools', { tools: tools('tools', refresh) }, table(answer.tools, [
    { title: 'Tool', long: true, value: row => row.tool, of: row => row.tool }, { title: 'Asked for', number: true, value: row => row.calls, of: row => f.count(row.calls) }, { title: 'Sessions', number: true, value: row => row.sessions, of: row => f.count(row.sessions) },
  ], { caption: 'Tools that models asked for' })));
}
