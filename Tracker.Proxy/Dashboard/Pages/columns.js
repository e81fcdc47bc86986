// Columns that several pages have.
import * as f from './format.js';

const totals = row => row.totals ?? row;
const number = (title, key, hint) => ({ title, hint, number: true, value: row => totals(row)[key], of: row => f.compact(totals(row)[key]) });

export const sums = [
  number('Calls', 'calls'),
  number('Input', 'input_tokens', 'Fresh input tokens: neither read from nor written to the cache'),
  number('Cache read', 'cache_read_tokens'),
  number('Cache written', 'cache_creation_tokens'),
  number('Output', 'output_tokens', 'Reasoning included'),
  { title: 'Cost', hint: 'At list prices', number: true, value: row => totals(row).cost_usd, of: row => f.money(totals(row).cost_usd) },
  { title: 'Unpriced', hint: 'Calls whose price is unknown; they are missing from the cost', number: true, value: row => totals(row).unpriced_calls, of: row => totals(row).unpriced_calls === 0 ? '' : f.count(totals(row).unpriced_calls) },
  { title: 'Uncounted', hint: 'Calls whose tokens nobody reported; they are missing from tokens and cost', number: true, value: row => totals(row).uncounted_calls, of: row => totals(row).uncounted_calls === 0 ? '' : f.count(totals(row).uncounted_calls) },
  { title: 'Failed', hint: 'Ended in an error or broke off', number: true, value: row => totals(row).failed_calls, of: row => totals(row).failed_calls === 0 ? '' : f.count(totals(row).failed_calls) },
];

export const named = (title, key) => ({ title, long: true, value: row => row[key] ?? '', of: row => f.name(row[key]) });
/** Of /stats/unpriced: a model that has a price is in it, too, for those of its calls that lack a count. */
export const unpricedColumns = [
  named('Provider', 'provider'), named('Model', 'model'), { title: 'Calls without a cost', number: true, value: row => row.totals.unpriced_calls, of: row => f.count(row.totals.unpriced_calls) }, { title: 'Why', of: row => row.why },
];

/** @param among the rows whose projects are to be told apart */
export function projectColumn(key, among) {
  const nameOf = f.projects(among.map(row => row[key]));
  return { title: 'Project', long: true, value: row => row[key] ?? '', of: row => nameOf(row[key]), full: row => row[key] };
}
