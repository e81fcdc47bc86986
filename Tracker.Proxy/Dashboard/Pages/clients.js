// How each client is pointed at this proxy: what a new user needs to see first.
import { h, copyable } from './dom.js';

export function connect() {
  const isHere = /^(localhost|.+\.localhost|127\.[\d.]+|\[::1\])$/.test(location.hostname);
  // Other machines need the token, and these clients know a base address only: it goes into the path.
  const base = isHere ? location.origin : `${location.origin}/_token/TOKEN`;
  const isWindows = navigator.userAgent.includes('Windows');
  const set = (name, value, client) => isWindows ? `$env:${name}="${value}"; ${client}` : `${name}=${value} ${client}`;
  const all = [
    ['All clients that are found here, from now on (disconnect takes it back)', 'tracker-proxy connect'],
    ['What clients have logged so far, and what does not pass here', 'tracker-importer'],
  ];
  const one = [
    ['Claude Code, Anthropic SDKs', set('ANTHROPIC_BASE_URL', base, 'claude')],
    ['Codex with an API key', `codex -c openai_base_url="${base}/openai/v1"`],
    ['Codex with a ChatGPT login', `codex -c openai_base_url="${base}/chatgpt"`],
    ['Gemini CLI', set('GOOGLE_GEMINI_BASE_URL', `${base}/gemini`, 'gemini')],
    ['Qwen Code, OpenAI SDKs', set('OPENAI_BASE_URL', `${base}/openai/v1`, 'qwen')],
    ['Copilot CLI with your own provider', set('COPILOT_PROVIDER_BASE_URL', `${base}/openai/v1`, 'copilot')],
  ];
  const shell = isWindows && h('p', { class: 'note' }, 'These are for PowerShell.');
  if (!isHere) {
    return h('div', null, h('p', null, 'This page comes from another machine. There “tracker-proxy connect” points its own clients at the proxy; a client of this machine is pointed at it so, with the proxy’s access token (Proxy:AccessToken) in the place of TOKEN:'),
      ways(one), shell);
  }

  return h('div', null, ways(all),
    h('p', { class: 'note' }, 'From a clone it is “dotnet run --project Tracker.Proxy connect” and “dotnet run --project Tracker.Importer”.'),
    h('details', null, h('summary', null, 'Or one client, for one session'), ways(one), shell));
}

function ways(commands) {
  return commands.map(([title, command]) => h('div', null, h('h3', null, title), copyable(command)));
}
