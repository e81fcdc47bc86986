// What the calls of the last 30 days show, each with how it was found. Nothing here is a promise of savings.
import { stats } from './api.js';
import { card, h } from './dom.js';
import { table } from './table.js';
import * as f from './format.js';

const kinds = {
  cache_outlived: { title: 'Pauses outlived the cache', about: 'Project', tokens: 'Tokens written again', advice: 'A pause of 5 to 60 minutes lets the five-minute cache expire, and the context is written anew. Where such pauses are usual, the one-hour lifetime costs more to write and is read instead.' },
  cache_hardly_read: { title: 'Cache written and hardly read', about: 'Session', tokens: 'Tokens written', advice: 'Writing to the cache costs more than fresh input and pays off only when it is read. These sessions wrote more than they read: they ended early, or their beginning changed from call to call.' },
  large_context: { title: 'Large contexts', about: 'Project', tokens: 'Tokens that went in', advice: 'Each call sends the whole context again. A new session, or compacting, makes the calls that follow smaller.' },
  tiny_answers: { title: 'Tiny answers', about: 'Model', tokens: 'Tokens that went in', advice: 'Short answers without tools may be a job for a smaller model. Whether it is good enough only you can tell.' },
};

export async function insights() {
  const { insights: all } = await stats('insights');
  const cards = Object.entries(kinds).map(([kind, { title, about, tokens, advice }]) => {
    const rows = all.filter(row => row.insight === kind);
    const projectOf = f.projects(rows.map(row => row.about));
    return rows.length > 0 && card(title, null, h('p', null, advice), h('p', { class: 'note' }, `Found so: ${rows[0].computation}`), table(rows, [
      { title: about, long: true, value: row => row.about ?? '', of: row => kind === 'large_context' || kind === 'cache_outlived' ? projectOf(row.about) : f.name(row.about), full: row => row.about },
      { title: 'Calls', number: true, value: row => row.calls, of: row => f.count(row.calls) }, { title: tokens, number: true, value: row => row.tokens, of: row => f.compact(row.tokens) },
      { title: 'Cost of these calls', number: true, value: row => row.cost_usd, of: row => f.money(row.cost_usd) },
    ], { caption: title }));
  }).filter(Boolean);
  return h('div', { class: 'grid' }, cards.length > 0 ? cards : card('Insights', null, h('p', null, 'Nothing stands out in the calls of the last 30 days.')));
}
