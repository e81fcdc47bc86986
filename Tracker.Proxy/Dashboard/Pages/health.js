import { stats, status } from './api.js';
import { card, h, live } from './dom.js';
import { named, unpricedColumns } from './columns.js';
import { table } from './table.js';
import * as f from './format.js';

const states = { idle: ['good', 'everything is stored'], writing: ['good', 'storing'], waiting: ['warn', 'the database is locked or its disk is full; calls go on and wait in the journal'], blocked: ['bad', 'the database cannot be used; calls go on and wait in the journal'], stopped: ['warn', 'stopped'] };

export async function health() {
  const [state, imports, unpriced] = await Promise.all([status(), stats('imports'), stats('unpriced')]);
  return h('div', { class: 'grid' }, live(state, now),
    card('Imports', null, table(imports.imports, [
      named('Client', 'source'), { title: 'Last read', value: row => row.last_read, of: row => f.since(row.last_read) }, { title: 'Files', number: true, value: row => row.files, of: row => f.count(row.files) },
      { title: 'Records', number: true, value: row => row.records, of: row => f.count(row.records) }, { title: 'Malformed lines', number: true, value: row => row.malformed_lines, of: row => h('span', { class: row.malformed_lines > 0 ? 'warn' : '' }, f.count(row.malformed_lines)) },
      { title: 'Files with trouble', number: true, value: row => row.files_in_trouble, of: row => h('span', { class: row.files_in_trouble > 0 ? 'warn' : '' }, f.count(row.files_in_trouble)) },
    ], { caption: 'Imports', empty: 'Nothing was imported yet: run tracker-importer.' })),
    card('Calls without a cost, all time', null, table(unpriced.models, unpricedColumns, { caption: 'Calls without a cost', empty: 'Every call whose tokens are known has a cost.' })));
}

function now(state) {
  const [tone, meaning] = states[state.writer_state] ?? ['warn', state.writer_state];
  return [
    card('Recording', { width: 'w6', error: tone === 'bad' }, h('p', { class: tone }, meaning), state.writer_reason && h('p', { class: 'note' }, state.writer_reason), pairs([
      ['In this state since', f.at(state.writer_state_since)], ['Since the proxy’s start', `${f.count(state.accepted)} accepted, ${f.count(state.stored)} stored`],
      ['Waiting', `${f.count(state.queue_depth)} in memory (the queue takes ${f.count(state.queue_capacity)}), ${f.count(state.spilled)} in the journal alone`],
      ['Recovered at the start', f.count(state.recovered)], ['Last stored', f.lastStored(state)],
      ['Dropped', h('span', { class: state.dropped > 0 ? 'bad' : '' }, f.count(state.dropped))], ['Set aside', h('span', { class: state.set_aside > 0 ? 'bad' : '' }, f.count(state.set_aside))],
      ['Answered calls that make no row', state.unread_calls.length === 0 ? null : h('span', { class: 'warn' }, state.unread_calls.map(unread => h('div', null, `${unread.provider} ${unread.path}: ${f.count(unread.calls)}`)))]])),
    card('Files', { width: 'w6' }, pairs([
      ['Database', state.database], ['Its size', f.bytes(state.database_bytes)], ['Its log', f.bytes(state.wal_bytes)], ['Journal', `${state.journal_state}, ${f.bytes(state.journal_bytes)}`], ['What is wrong with it', state.journal_reason],
      ['Database error', state.database_error && h('span', { class: 'bad' }, state.database_error)], ['Price file', state.prices_error && h('span', { class: 'bad' }, state.prices_error)], ['Version', state.version]])),
  ];
}

const pairs = all => h('dl', { class: 'pairs' }, all.filter(([, value]) => value !== null && value !== undefined).map(([key, value]) => [h('dt', null, key), h('dd', null, value)]));
