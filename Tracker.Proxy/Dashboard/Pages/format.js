// Numbers and times in the reader's own locale. Unknown is a question mark, never 0.
const locale = navigator.languages;
const whole = new Intl.NumberFormat(locale);
const short = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });
const time = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' });
const shortTimes = { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' };
const shortTime = new Intl.DateTimeFormat(locale, shortTimes);
const shortTimeOfYear = new Intl.DateTimeFormat(locale, { ...shortTimes, year: 'numeric' });
const day = new Intl.DateTimeFormat(locale, { month: 'short', day: 'numeric', timeZone: 'UTC' });
const longDay = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeZone: 'UTC' });
const weekday = new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone: 'UTC' });
const ago = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });

export const unknown = '?';
export const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
export const count = value => value === null || value === undefined ? unknown : whole.format(value);
export const calls = (value, number = count) => `${number(value)} ${value === 1 ? 'call' : 'calls'}`;
export const compact = value => value === null || value === undefined ? unknown : Math.abs(value) < 10000 ? whole.format(value) : short.format(value);
export const share = value => value === null || value === undefined ? unknown : percent.format(value);
export const at = value => value ? time.format(new Date(value)) : unknown;
export const shortAt = value => value ? (new Date(value).getFullYear() === new Date().getFullYear() ? shortTime : shortTimeOfYear).format(new Date(value)) : unknown;
export const dayOf = value => day.format(new Date(value));
export const fullDayOf = value => longDay.format(new Date(value));
export const weekdayOf = index => weekday.format(new Date(Date.UTC(2024, 0, 1 + index))); // a Monday

/** The day by a time zone's clock, such as 2026-11-30; by this browser's, where it does not know the zone. */
export function today(timeZone) {
  const options = { year: 'numeric', month: '2-digit', day: '2-digit' };
  try {
    return new Intl.DateTimeFormat('sv-SE', { ...options, timeZone }).format();
  } catch {
    return new Intl.DateTimeFormat('sv-SE', options).format();
  }
}

export const bytes = value => value === null || value === undefined ? unknown : value < 1e6 ? `${whole.format(Math.round(value / 1e3))} kB` : `${whole.format(Math.round(value / 1e5) / 10)} MB`;

/** What several parts are together, as far as they are known: unknown when that is nothing and some part is unknown. */
export function sumOfKnown(values) {
  const sum = values.reduce((total, value) => total + (value ?? 0), 0);
  return sum === 0 && values.some(value => value === null || value === undefined) ? null : sum;
}

const dollars = options => new Intl.NumberFormat(locale, { style: 'currency', currency: 'USD', currencyDisplay: 'narrowSymbol', ...options });

/** @param digits the most after the point; of what would be shown as nothing with them, the first two digits that tell something */
function moneyTo(usd, least, digits) {
  if (usd === null || usd === undefined) return unknown;
  return dollars(usd !== 0 && Math.abs(usd) < 10 ** -digits ? { maximumSignificantDigits: 2 } : { minimumFractionDigits: least, maximumFractionDigits: digits }).format(usd);
}

export const money = usd => usd !== 0 && Math.abs(usd) < 0.01 ? moneyTo(usd, 4, 4) : moneyTo(usd, 2, 2);

/** To the millionth of a dollar, for parts of one call. */
export const exactMoney = usd => moneyTo(usd, 2, 6);

/** For the lines of an axis: as many digits as a step has, so that no two lines are called the same. */
export function moneyAxis(step) {
  const digits = step >= 1 ? 0 : Math.max(2, Math.ceil(-Math.log10(step) - 1e-9));
  const format = dollars(step >= 10000 ? { notation: 'compact', maximumFractionDigits: 1 } : { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return value => format.format(value);
}

export function duration(ms) {
  if (ms === null || ms === undefined) return unknown;
  if (ms < 1000) return `${whole.format(ms)} ms`;
  if (ms < 120000) return `${whole.format(Math.round(ms / 100) / 10)} s`;
  return ms < 7200000 ? `${whole.format(Math.round(ms / 60000))} min` : `${whole.format(Math.round(ms / 360000) / 10)} h`;
}

export function since(value) {
  if (!value) return 'never';
  const seconds = (new Date(value) - Date.now()) / 1000;
  const [unit, size] = Math.abs(seconds) < 90 ? ['second', 1] : Math.abs(seconds) < 5400 ? ['minute', 60] : Math.abs(seconds) < 129600 ? ['hour', 3600] : ['day', 86400];
  return ago.format(Math.round(seconds / size), unit);
}

/** What the proxy stored before it was started is not in its state. */
export const lastStored = state => state.last_store ? since(state.last_store) : 'nothing since the proxy’s start';

/** The end of a path says which project it is. */
export const project = (path, folders = 1) => path ? path.split(/[\\/]/).filter(Boolean).slice(-folders).join('/') || path : '(unknown)';

/** How each of several projects is called: with as many of its folders as tell it apart. */
export function projects(paths) {
  const all = [...new Set(paths)];
  const names = new Map(all.map(path => [path, project(path)]));
  for (let folders = 2; folders < 20 && new Set(names.values()).size < all.length; folders++) {
    const taken = [...names.values()];
    const isTwice = new Set(taken.filter((name, index) => taken.indexOf(name) !== index));
    for (const path of all) if (isTwice.has(names.get(path))) names.set(path, project(path, folders));
  }
  return path => names.get(path) ?? project(path);
}

export const name = value => value || '(unknown)';
