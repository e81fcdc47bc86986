// The pages, and when they are drawn anew: when the address changes, and when rows have landed or a minute has passed while somebody looks.
import { ApiError, SignedOutError, proxyZone, status } from './api.js';
import { card, h } from './dom.js';
import { clients, coverage, models, projects, sessions, toolsPage } from './groups.js';
import { connect } from './clients.js';
import { health } from './health.js';
import { insights } from './insights.js';
import { overview } from './overview.js';
import { zone } from './format.js';
import { requests } from './requests.js';
import { forgetSorting, replace } from './table.js';

const pages = {
  overview: ['Overview', overview], requests: ['Requests', requests], sessions: ['Sessions', sessions], projects: ['Projects', projects], models: ['Models', models], clients: ['Clients', clients], tools: ['Tools', toolsPage],
  coverage: ['Coverage', coverage], insights: ['Insights', insights], health: ['Health', health], connect: ['Connect', () => h('div', { class: 'grid' }, card('Point a client at this proxy', null, connect()))],
};
const pause = 2000;
const content = document.getElementById('content');
const navigation = document.getElementById('navigation');
const stateLine = document.getElementById('state');
const clockLine = document.getElementById('clock');
let drawn = 0;
let seen = null;
let isMissing = false; // The page, or an answer since it was drawn.
let refocused = null;

navigation.append(...Object.entries(pages).map(([name, [title]]) => h('a', { href: `#/${name}`, 'data-page': name }, title)));

function where() {
  const [name, query] = location.hash.replace(/^#\//, '').split('?');
  if (Object.hasOwn(pages, name)) return [name, Object.fromEntries(new URLSearchParams(query ?? ''))];
  history.replaceState(null, '', '#/overview');
  return ['overview', {}];
}

// Somebody is in the middle of something that drawing anew would take away. A control that was only given its focus back is no sign of that until it is touched again;
// who has copied a command waits for what it brings, and who sees an error for its end.
function isInUse() {
  const active = document.activeElement;
  return document.querySelector('dialog[open]') || content.querySelector('[data-keep]') || content.hasAttribute('aria-busy')
    || content.contains(active) && active !== content && active !== refocused && !content.querySelector('[data-waits]');
}

async function draw({ moved = false, unasked = false } = {}) {
  const turn = ++drawn;
  const [name, parameters] = where();
  for (const link of navigation.children) link.dataset.page === name ? link.setAttribute('aria-current', 'page') : link.removeAttribute('aria-current');
  document.title = `${pages[name][0]} · Tracker`;
  // What is shown is still the page before.
  if (moved) {
    content.setAttribute('aria-busy', 'true');
    forgetSorting();
  }
  let page;
  let hasFailed = false;
  try {
    page = await pages[name][1](() => draw(), moved ? parameters : {});
  } catch (error) {
    if (!(error instanceof ApiError)) console.error(error);
    hasFailed = true;
    page = h('div', { class: 'grid', 'data-waits': true }, card('This cannot be shown now', { error: true }, h('p', null, error.message), error instanceof SignedOutError
      ? h('button', { type: 'button', 'aria-label': 'Sign in', onclick: () => location.reload() }, 'Sign in')
      : h('button', { type: 'button', 'aria-label': 'Try again', onclick: () => draw() }, 'Try again')));
  }
  if (turn !== drawn) return; // Another page was asked for meanwhile.
  if (unasked && isInUse()) return;
  content.removeAttribute('aria-busy');
  const [x, y] = [scrollX, scrollY];
  const control = !moved && content.contains(document.activeElement) && document.activeElement.getAttribute('aria-label') ? document.activeElement : null;
  document.getElementById('tip').hidden = true; // What it was of goes.
  replace(content, h('h1', { class: 'hidden' }, pages[name][0]), page);
  isMissing = hasFailed;
  clockLine.hidden = proxyZone === null;
  clockLine.textContent = `The proxy does not know this browser’s time zone (${zone}): days and hours are those of its own clock, ${proxyZone}.`;
  moved ? scrollTo(0, 0) : scrollTo(x, y);
  if (moved && turn > 1) content.focus({ preventScroll: true });
  // Who goes through the pages with the keyboard stays where they are.
  refocused = control && content.querySelector(`${control.localName}[aria-label="${CSS.escape(control.getAttribute('aria-label'))}"]`);
  refocused?.focus({ preventScroll: true });
}

// A link to #content would be one to another page.
document.querySelector('.skip').addEventListener('click', event => { event.preventDefault(); content.focus(); });
for (const touch of ['keydown', 'pointerdown']) content.addEventListener(touch, () => { refocused = null; }, { capture: true });

// Each minute counts as well: days end, and “5 seconds ago” gets wrong, while nothing lands.
const landed = state => `${state.stored} ${state.last_import} ${Math.floor(Date.now() / 60000)}`;

// Asked before anything is drawn: whatever lands from then on is drawn, also if somebody uses the page at once.
async function start() {
  try {
    seen = landed(await status());
  } catch {
    // The page says so.
  }
  draw({ moved: true });
  watch();
}

// The address has a hash, which a link to the same page would only take away.
function reload(event) {
  event.preventDefault();
  location.reload();
}

// Nothing is asked for while the page is hidden, and nothing is drawn anew while somebody uses it.
async function watch() {
  if (document.visibilityState === 'visible') {
    try {
      const state = await status();
      const tone = state.writer_state === 'blocked' ? 'bad' : state.writer_state === 'waiting' ? 'warn' : '';
      stateLine.className = tone;
      stateLine.textContent = tone === '' ? 'recording' : state.writer_state;
      for (const element of content.querySelectorAll('[data-live]')) element.dispatchEvent(new CustomEvent('state', { detail: state }));
      const now = landed(state);
      const inUse = isInUse();
      if ((isMissing || seen !== null && seen !== now) && !inUse) await draw({ unasked: true });
      if (!inUse && !isInUse()) seen = now; // Used meanwhile, it was not drawn.
    } catch (error) {
      isMissing = true;
      stateLine.className = 'bad';
      if (!(error instanceof SignedOutError)) stateLine.textContent = 'the proxy does not answer';
      else if (stateLine.textContent !== 'sign in again') stateLine.replaceChildren(h('a', { href: '/dashboard', onclick: reload }, 'sign in again'));
    }
  }
  setTimeout(watch, pause);
}

const themes = ['system', 'light', 'dark'];
let theme = 'system';
try {
  theme = localStorage.getItem('tracker-theme') ?? theme;
} catch {
  // A browser that keeps nothing of this site's.
}
const systemDark = matchMedia('(prefers-color-scheme: dark)');
function applyTheme() {
  document.documentElement.dataset.theme = theme === 'dark' || theme === 'system' && systemDark.matches ? 'dark' : 'light';
  document.getElementById('theme').title = `Theme: ${theme}`;
}
document.getElementById('theme').addEventListener('click', () => {
  theme = themes[(themes.indexOf(theme) + 1) % themes.length];
  applyTheme();
  try {
    localStorage.setItem('tracker-theme', theme);
  } catch {
    // Then it holds until the page is loaded again.
  }
});
systemDark.addEventListener('change', applyTheme);
applyTheme();
addEventListener('hashchange', () => draw({ moved: true }));
start();
