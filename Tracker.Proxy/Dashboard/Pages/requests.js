import { ApiError, address, stats } from './api.js';
import { choices, times } from './choices.js';
import { card, choice, h } from './dom.js';
import { projectColumn } from './columns.js';
import { dialog } from './dialog.js';
import { forgetSorting, replace, table } from './table.js';
import * as f from './format.js';

const all = '*'; // An empty name asks for the calls of which it is unknown.
const orders = [['newest', 'newest first'], ['oldest', 'oldest first'], ['cost', 'dearest first'], ['output', 'longest answers first'], ['duration', 'slowest first']];
const outcomes = [[all, 'all outcomes'], ['completed', 'completed'], ['incomplete', 'incomplete'], ['error', 'errors']];
const { chosen: asked, read, set: choose } = choices({ period: '30d', sort: 'newest', outcome: all, model: all, client: all, project: all, session: all }, { period: times, sort: orders, outcome: outcomes });
const pageSize = 100;
const firstOf = { newest: 'newest', oldest: 'oldest', cost: 'dearest', output: 'longest', duration: 'slowest' };

export async function requests(refresh, parameters) {
  read('requests', parameters);
  const given = () => ({ ...Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== all)), limit: pageSize });
  const [page, models, clients, projects] = await Promise.all([
    stats('requests', given()), stats('models', { period: 'all' }), stats('clients', { period: 'all' }), stats('projects', { period: 'all' })]);
  const place = h('div');
  let rows = page.requests;
  let next = page.next;
  const set = (key, value) => { choose('requests', key, value); refresh(); };
  // A link may name one of which there are no calls (any more).
  const names = (rows, key, of = f.name) => [[all, `all ${key}s`], ...new Map([...rows.map(row => row[key] ?? ''), ...asked[key] === all ? [] : [asked[key]]].map(name => [name, of(name)]))];
  const nameOf = f.projects(projects.projects.map(row => row.project));
  const columns = columnsOf(projects.projects);

  function draw() {
    const note = next ? `Sorted by a heading are the ${rows.length} calls shown; Order sorts all.` : rows.length === pageSize ? `Shown, and sorted by a heading, are the ${firstOf[asked.sort]} ${pageSize}; the CSV has up to 1000.` : null;
    replace(place, ...[table(rows, columns, { caption: 'Calls', open: show }), next && h('p', null, h('button', { type: 'button', onclick: showMore }, `Show ${pageSize} more`)), note && h('p', { class: 'note' }, note)].filter(Boolean));
  }

  async function showMore() {
    let more;
    try {
      more = await stats('requests', { ...given(), after: next });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      place.append(h('p', { class: 'bad', role: 'alert' }, error.message));
      return;
    }
    const shown = rows.length;
    rows = [...rows, ...more.requests];
    next = more.next;
    place.setAttribute('data-keep', ''); // Drawn anew, the page would be its first hundred again.
    draw();
    (place.querySelectorAll('button.open')[shown] ?? place.querySelector('.scroll')).focus({ preventScroll: true }); // The first new one is where the button was.
  }

  draw();
  return h('div', { class: 'grid' }, card('Requests', {
    tools: [
      choice('Time', times, asked.period, value => set('period', value)),
      choice('Order', orders, asked.sort, value => { forgetSorting(); set('sort', value); }),
      choice('Outcome', outcomes, asked.outcome, value => set('outcome', value)),
      choice('Model', names(models.models, 'model'), asked.model, value => set('model', value)),
      choice('Client', names(clients.clients, 'client'), asked.client, value => set('client', value)),
      choice('Project', names(projects.projects, 'project', nameOf), asked.project, value => set('project', value)),
      asked.session !== all && h('button', { type: 'button', onclick: () => set('session', all) }, `Session ${f.name(asked.session.slice(0, 8))} ✕`),
      h('a', { href: address('requests', { ...given(), limit: 1000, format: 'csv' }), download: 'tracker-requests.csv' }, `CSV of the ${firstOf[asked.sort]} 1000`),
    ],
  }, place));
}

const columnsOf = projects => [
  { title: 'Sent', value: row => row.occurred_at, of: row => f.shortAt(row.occurred_at) },
  { title: 'Model', long: true, value: row => row.model ?? '', of: row => f.name(row.model) },
  { title: 'Client', long: true, value: row => row.client ?? '', of: row => f.name(row.client) },
  { title: 'Input', number: true, value: row => row.input_tokens, of: row => f.count(row.input_tokens) },
  { title: 'Cache read', number: true, value: row => row.cache_read_tokens, of: row => f.count(row.cache_read_tokens) },
  { title: 'Cache written', number: true, value: row => row.cache_creation_tokens, of: row => f.count(row.cache_creation_tokens) },
  { title: 'Output', number: true, value: row => row.output_tokens, of: row => f.count(row.output_tokens) },
  { title: 'Cost', number: true, value: row => row.cost_nano_usd, of: row => f.money(row.cost_usd) },
  { title: 'Took', number: true, value: row => row.duration_ms, of: row => row.duration_ms === null ? '' : f.duration(row.duration_ms) },
  { title: 'Outcome', value: row => row.outcome, of: row => h('span', { class: row.outcome === 'completed' ? '' : row.outcome === 'error' ? 'bad' : 'warn' }, row.outcome === 'error' && row.status_code >= 400 ? `error ${row.status_code}` : row.outcome) },
  projectColumn('project', projects),
];

const evidence = { wire: 'the proxy, on the wire', transcript: 'the client’s log', both: 'the proxy and the client’s log' };
const quality = {
  final: 'final: the proxy saw the end of the usage', exact: 'exact: from a log known to be right', partial: 'partial: the answer broke off, or its usage was not told', overstated: 'overstated: this client is known to log too much',
};

const show = row => dialog('Call', f.name(row.model), async () => {
  const { requests: [call], cost_parts: parts, tools } = await stats(`requests/${row.id}`);
  return [
    pairs([['Sent', f.at(call.occurred_at)], ['Seen by', evidence[call.evidence]], ['Counts are', quality[call.quality]], ['Outcome', [call.outcome, call.status_code, call.stop_reason].filter(Boolean).join(', ')]]),
    h('h3', null, 'Cost'),
    costTable(parts, call),
    pairs([['Cost as stored', f.money(call.cost_usd)], ['Price', call.price_id], ['Said by the client', call.client_cost_usd === null ? null : f.money(call.client_cost_usd)], ['Paid by', call.auth_mode === 'subscription' ? 'subscription (included)' : call.auth_mode === 'api_key' ? 'API key' : null]]),
    h('h3', null, 'Tokens'),
    pairs([['Fresh input', f.count(call.input_tokens)], ['Cache read', f.count(call.cache_read_tokens)], ['Cache written, 5 minutes', f.count(call.cache_creation_5m_tokens)], ['Cache written, 1 hour', f.count(call.cache_creation_1h_tokens)],
      ['Output', f.count(call.output_tokens)], ['of it reasoning', f.count(call.reasoning_tokens)], ['Web searches', call.web_search_requests]]),
    h('h3', null, 'Timing'),
    pairs([['Took', call.duration_ms === null ? null : f.duration(call.duration_ms)], ['First content after', call.time_to_first_token_ms === null ? null : f.duration(call.time_to_first_token_ms)], ['Streamed', call.streamed === null ? null : call.streamed ? 'yes' : 'no']]),
    h('h3', null, 'Who and where'),
    pairs([['Client', call.client], ['User agent', call.user_agent], ['Provider', call.provider], ['Asked for', call.request_model], ['Answered', call.response_model], ['Project', call.project], ['Session', call.session], ['Sub-agent', call.agent_id],
      ['Tools asked for', tools.map(tool => tool.tool).join(', ')], ['Service tier', call.service_tier], ['Speed', call.speed], ['Region', call.inference_geo], ['Request id', call.request_id], ['Key', call.usage_key], ['Prompt', call.prompt_preview]]),
  ];
});

const partNames = {
  input: 'Fresh input', cache_read: 'Cache read', cache_creation_5m: 'Cache written, 5 minutes', cache_creation_1h: 'Cache written, 1 hour', output: 'Output', fees: 'Fees', total: 'In all', saved_by_caching: 'Saved by caching',
};

// By the prices in force now; the stored cost stays as it is until somebody reprices.
function costTable(parts, call) {
  const known = parts.filter(part => part.cost_usd !== null && (part.tokens > 0 || part.cost_usd !== 0));
  if (known.length === 0) {
    const why = parts[0].why ?? 'the call used nothing';
    return h('p', { class: 'note' }, call.cost_usd === 0 ? `It cost nothing: ${why}.` : call.cost_usd === null ? `No cost is known: ${why}.` : `By the prices in force now no cost is known: ${why}. The stored cost is by earlier ones.`);
  }

  return [table(known, [
    { title: 'Part', of: part => partNames[part.part] ?? part.part }, { title: 'Tokens', number: true, of: part => part.tokens === null ? '' : f.count(part.tokens) },
    { title: 'For a million', number: true, of: part => part.per_million_usd === null ? '' : f.exactMoney(part.per_million_usd) }, { title: 'Cost', number: true, of: part => f.exactMoney(part.cost_usd) },
  ], { caption: 'Parts of the cost' }), parts[0].source && h('p', { class: 'note' }, `By price ${parts[0].price_id}, in force now, found by ${parts[0].match} match. ${parts[0].source}`)];
}

const pairs = all => h('dl', { class: 'pairs' }, all.filter(([, value]) => value !== null && value !== undefined && value !== '').map(([key, value]) => [h('dt', null, key), h('dd', null, value)]));
