// How each client is pointed at this proxy: what a new user needs to see first.
import { h, copyable } from './dom.js';

export function connect() {
  const base = location.origin;
  const all = [
    ['All clients that are found here, from now on (disconnect takes it back)', 'tracker-proxy connect'],
    ['What clients have logged so far, and what does not pass here', 'tracker-importer'],
  ];
  const one = [
    ['Claude Code, Anthropic SDKs', `ANTHROPIC_BASE_URL=${base} claude`],
    ['Codex with an API key', `codex -c openai_base_url="${base}/openai/v1"`],
    ['Codex with a ChatGPT login', `codex -c openai_base_url="${base}/chatgpt"`],
    ['Gemini CLI', `GOOGLE_GEMINI_BASE_URL=${base}/gemini gemini`],
    ['Qwen Code, OpenAI SDKs', `OPENAI_BASE_URL=${base}/openai/v1 qwen`],
    ['Copilot CLI with your own provider', `COPILOT_PROVIDER_BASE_URL=${base}/openai/v1 copilot`],
  ];
  return h('div', null, ways(all),
    h('p', { class: 'note' }, 'From a clone it is “dotnet run --project Tracker.Proxy connect” and “dotnet run --project Tracker.Importer”.'),
    h('details', null, h('summary', null, 'Or one client, for one session'), ways(one)));
}

function ways(commands) {
  return commands.map(([title, command]) => h('div', null, h('h3', null, title), copyable(command)));
}
