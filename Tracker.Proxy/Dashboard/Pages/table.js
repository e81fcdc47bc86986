// A table that is sorted by a click on its headings. What it shows can be had as CSV from the same report.
import { h } from './dom.js';

// By which column a table was sorted: kept when it is drawn anew, by its caption, until another page or order is asked for.
const sortedBy = new Map();
export const forgetSorting = () => sortedBy.clear();

/** Puts something else into a place. The tables in it that are still there stay where they were scrolled to. */
export function replace(place, ...content) {
  const tables = () => [...place.querySelectorAll('.scroll')];
  const left = new Map(tables().map(table => [table.getAttribute('aria-label'), table.scrollLeft]));
  place.replaceChildren(...content);
  for (const table of tables()) table.scrollLeft = left.get(table.getAttribute('aria-label')) ?? 0;
}

/**
 * @param columns [{ title, of: row → text or element, value: row → what it is sorted by, number: bool, long: bool, hint }]
 * @param options { caption, open: row → void, empty: text }
 */
export function table(rows, columns, { caption, open, empty = 'Nothing in this time.' } = {}) {
  if (rows.length === 0) return h('p', { class: 'note' }, empty);
  let [sorted, ascending] = sortedBy.get(caption) ?? [null, false];
  const body = h('tbody');
  const headings = columns.map((column, index) => h('th', { class: column.number ? 'n' : '', scope: 'col', title: column.hint },
    column.value ? h('button', { type: 'button', onclick: () => sort(index) }, column.title) : column.title));

  function sort(index) {
    ascending = sorted === index ? !ascending : !columns[index].number;
    sorted = index;
    sortedBy.set(caption, [sorted, ascending]);
    draw();
  }

  function draw() {
    if (sorted !== null) {
      headings.forEach((heading, index) => index === sorted ? heading.setAttribute('aria-sort', ascending ? 'ascending' : 'descending') : heading.removeAttribute('aria-sort'));
      const key = columns[sorted].value;
      rows = [...rows].sort((a, b) => compare(key(a), key(b), ascending ? 1 : -1));
    }

    body.replaceChildren(...rows.map(row => h('tr', open ? { class: 'link', onclick: () => open(row) } : null, columns.map((column, index) => {
      const content = column.of(row);
      return h('td', { class: `${column.number ? 'n' : ''} ${column.long ? 'long' : ''}`, title: column.long && typeof content === 'string' ? (column.full?.(row) ?? content) : null },
        open && index === 0 ? h('button', { type: 'button', class: 'open', onclick: event => { event.stopPropagation(); open(row); } }, content) : content);
    }))));
  }

  draw();
  return h('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption }, h('table', null, h('caption', { class: 'hidden' }, caption), h('thead', null, h('tr', null, headings)), body));
}

// Unknown comes last, whichever way.
function compare(a, b, direction) {
  if (a === b) return 0;
  if (a === null || a === undefined) return 1;
  if (b === null || b === undefined) return -1;
  return direction * (typeof a === 'string' ? a.localeCompare(b) : a - b);
}
