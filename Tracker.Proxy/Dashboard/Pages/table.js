// A table that is sorted by a click on its headings. What it shows can be had as CSV from the same report.
import { h } from './dom.js';

/**
 * @param columns [{ title, of: row → text or element, value: row → what it is sorted by, number: bool, long: bool, hint }]
 * @param options { caption, open: row → void, empty: text }
 */
export function table(rows, columns, { caption, open, empty = 'Nothing in this time.' } = {}) {
  if (rows.length === 0) return h('p', { class: 'note' }, empty);
  let [sorted, ascending] = [null, false];
  const body = h('tbody');
  const headings = columns.map((column, index) => h('th', { class: column.number ? 'n' : '', scope: 'col', title: column.hint },
    column.value ? h('button', { type: 'button', onclick: () => sort(index) }, column.title) : column.title));

  function sort(index) {
    ascending = sorted === index ? !ascending : !columns[index].number;
    sorted = index;
    headings.forEach((heading, other) => other === index ? heading.setAttribute('aria-sort', ascending ? 'ascending' : 'descending') : heading.removeAttribute('aria-sort'));
    const key = columns[index].value;
    rows = [...rows].sort((a, b) => compare(key(a), key(b), ascending ? 1 : -1));
    draw();
  }

  function draw() {
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
