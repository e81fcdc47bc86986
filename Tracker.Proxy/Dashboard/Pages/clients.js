// How each client is pointed at this proxy: what a new user needs to see first.
import { h, copyable } from './dom.js';

export function connect() {
  const base = location.origin;
  const ways = [
    ['Claude Code, Anthropic SDKs', `ANTHROPIC_BASE_URL=${base} claude`],
    ['Codex', `codex -c openai_base_url="${base}/openai/v1"`],
    ['Gemini CLI', `GOOGLE_GEMINI_BASE_URL=${base}/gemini gemini`],
    ['Qwen Code, OpenAI SDKs', `OPENAI_BASE_URL=${base}/openai/v1 qwen`],
    ['Copilot CLI with your own provider', `COPILOT_PROVIDER_BASE_URL=${base}/openai/v1 copilot`],
    ['What is in the clients’ own logs already', 'tracker-importer'],
  ];
  return h('div', null, ways.map(([client, command]) => h('div', null, h('h3', null, client), copyable(command))));
}
