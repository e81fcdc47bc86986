// Three charts, all of plain rectangles: columns by day, hours of the week, and parts of a whole.
import { h, svg } from './dom.js';
import { compact, sumOfKnown } from './format.js';
import { table } from './table.js';

const tip = document.getElementById('tip');
const colour = index => `var(--c${Math.min(index, 7)})`;

function withTip(element, text) {
  const show = (x, y) => {
    tip.textContent = text;
    tip.hidden = false;
    const box = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(x + 12, innerWidth - box.width - 4))}px`;
    tip.style.top = `${y + 16 + box.height > innerHeight ? y - box.height - 10 : y + 16}px`;
  };
  element.addEventListener('pointermove', event => show(event.clientX, event.clientY));
  element.addEventListener('pointerleave', () => { tip.hidden = true; });
  element.addEventListener('focus', () => { const box = element.getBoundingClientRect(); show(box.left, box.top); });
  element.addEventListener('blur', () => { tip.hidden = true; });
  return element;
}

// The same numbers for who has no mouse, or does not see. Unfolded, it stays so when the page is drawn anew.
const unfolded = new Set();
function asTable(label, rows, columns) {
  return h('details', { open: unfolded.has(label), ontoggle: event => event.target.open ? unfolded.add(label) : unfolded.delete(label) },
    h('summary', { class: 'note' }, 'As a table'), table(rows, columns, { caption: label }));
}

// Drawn in the size it is shown in, so that its text can be read on a phone as well.
const widthFor = most => Math.max(280, Math.min(most, innerWidth - 60));

/** The greatest groups, and the rest as one. */
export function topGroups(totals, most = 7) {
  const sorted = [...totals.entries()].sort((a, b) => b[1] - a[1]).map(([key]) => key);
  return sorted.length <= most + 1 ? sorted : [...sorted.slice(0, most), null];
}

function steps(max, least) {
  if (max <= 0) return [];
  const size = 10 ** Math.floor(Math.log10(max / 3));
  const step = Math.max(least, [1, 2, 5, 10].map(factor => factor * size).find(candidate => max / candidate <= 4));
  return Array.from({ length: Math.floor(max / step) + 1 }, (_, index) => index * step);
}

/**
 * Columns of stacked parts.
 * @param columns [{ label, title, parts: Map(group → value, null: unknown) }], in order of time
 * @param axis step → value → text; least is the smallest step that makes sense
 * @param groups the groups from the bottom up; null is what remains
 */
export function columns(columns, groups, { format, axis, least = 0, nameOf, label }) {
  const [width, height, left, bottom, top] = [widthFor(1240), 270, 64, 22, 8];
  const rest = column => sumOfKnown([...column.parts].filter(([group]) => !groups.includes(group)).map(([, value]) => value));
  const valueOf = (column, group) => group === null ? rest(column) : column.parts.has(group) ? column.parts.get(group) : 0;
  const sumOf = column => sumOfKnown(groups.map(group => valueOf(column, group)));
  const max = Math.max(0, ...columns.map(column => sumOf(column) ?? 0));
  const y = value => height - bottom - (max === 0 ? 0 : value / max * (height - bottom - top));
  const slot = (width - left) / Math.max(columns.length, 1);
  const every = Math.ceil(columns.length / (width < 600 ? 5 : 10));
  const chart = svg('svg', { class: 'chart', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label });
  const lines = steps(max, least);
  const nameOfLine = axis(lines[1] ?? 1);
  for (const line of lines) {
    chart.append(svg('line', { x1: left, x2: width, y1: y(line), y2: y(line) }), svg('text', { x: left - 6, y: y(line) + 4, 'text-anchor': 'end' }, nameOfLine(line)));
  }
  columns.forEach((column, index) => {
    const x = left + index * slot;
    const group = svg('g');
    let sum = 0;
    groups.forEach((name, order) => {
      const value = valueOf(column, name);
      if (value > 0) {
        group.append(svg('rect', { x: x + slot * .12, width: slot * .76, y: y(sum + value), height: Math.max(0, y(sum) - y(sum + value)), fill: colour(order), rx: 1 }));
        sum += value;
      }
    });
    group.append(svg('rect', { x, width: slot, y: top, height: height - bottom - top, fill: 'transparent' }));
    const lines = groups.map(name => [name, valueOf(column, name)]).filter(([, value]) => value === null || value > 0).reverse().map(([name, value]) => `${nameOf(name)}  ${format(value)}`);
    chart.append(withTip(group, [`${column.title}  ${format(sumOf(column))}`, ...lines].join('\n')));
    if (index % every === 0) chart.append(svg('text', { x: x + slot / 2, y: height - 6, 'text-anchor': 'middle' }, column.label));
  });
  return h('div', null, chart, h('ul', { class: 'legend' }, groups.map((name, order) => h('li', null, h('i', { fillWith: colour(order) }), nameOf(name)))),
    asTable(label, columns.filter(column => column.parts.size > 0), [
      { title: 'Day', of: column => column.title }, { title: 'In all', number: true, value: sumOf, of: column => format(sumOf(column)) },
      ...groups.map(name => ({ title: nameOf(name), number: true, value: column => valueOf(column, name), of: column => valueOf(column, name) === 0 ? '' : format(valueOf(column, name)) })),
    ]));
}

/** Hours of the week: the darker, the more. values[weekday from Monday][hour] */
export function week(values, { format, weekdayOf, label }) {
  const max = Math.max(...values.flat(), 0);
  const width = widthFor(620);
  const slot = (width - 40) / 24;
  const chart = svg('svg', { class: 'chart', viewBox: `0 0 ${width} 200`, role: 'img', 'aria-label': label });
  values.forEach((hours, day) => {
    chart.append(svg('text', { x: 34, y: 26 + day * 24, 'text-anchor': 'end' }, weekdayOf(day)));
    hours.forEach((value, hour) => {
      chart.append(withTip(svg('rect', {
        x: 40 + hour * slot, y: 10 + day * 24, width: slot - 3, height: 21, rx: 3, fill: value === 0 ? 'var(--line)' : 'var(--c0)', 'fill-opacity': value === 0 ? .5 : .15 + .85 * Math.sqrt(value / max),
      }), `${weekdayOf(day)} ${hour}:00\n${format(value)}`));
    });
  });
  for (let hour = 0; hour < 24; hour += 3) chart.append(svg('text', { x: 40 + (hour + .5) * slot, y: 194, 'text-anchor': 'middle' }, hour));
  return h('div', null, chart, asTable(label, values.map((hours, day) => ({ day, hours })), [
    { title: 'Day', of: row => weekdayOf(row.day) }, ...values[0].map((_, hour) => ({ title: `${hour}:00`, number: true, value: row => row.hours[hour], of: row => row.hours[hour] === 0 ? '' : compact(row.hours[hour]) })),
  ]));
}

/** Parts of a whole: [[name, value, text]] */
export function parts(all) {
  const sum = all.reduce((total, [, value]) => total + value, 0);
  return h('div', null,
    h('div', { class: 'bar', role: 'img', 'aria-label': all.map(([name, , text]) => `${name} ${text}`).join(', ') },
      all.map(([name, value, text], order) => sum > 0 && withTip(h('span', { 'width%': value / sum * 100, fillWith: colour(order) }), `${name}\n${text}`))),
    h('ul', { class: 'legend' }, all.map(([name, , text], order) => h('li', null, h('i', { fillWith: colour(order) }), `${name} ${text}`))));
}

/** How full something is, 0 to 1 and beyond. */
export function meter(value, label) {
  const tone = value >= .9 ? 'var(--bad)' : value >= .7 ? 'var(--warn)' : 'var(--good)';
  return h('div', { class: 'bar', role: 'meter', 'aria-label': label, 'aria-valuenow': Math.round(value * 100), 'aria-valuemin': 0, 'aria-valuemax': 100 },
    h('span', { 'width%': Math.min(100, value * 100), fillWith: tone }));
}
