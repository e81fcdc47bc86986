// Everything the pages show comes from the same reports that scripts can ask for.
import { zone } from './format.js';

export class ApiError extends Error {}

/** The access token was changed, or the cookie is over. */
export class SignedOutError extends ApiError {}

// A machine without a list of time zones knows few, and a browser may name one that nobody knows: then days and hours are those of the proxy's own clock.
let asksForZone = true;

/** The zone of the proxy's clock, once that is what is shown; null while it is the browser's. */
export let proxyZone = null;

export function address(report, parameters = {}) {
  const query = new URLSearchParams(asksForZone ? { tz: zone } : {});
  for (const [key, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== false) query.set(key, value);
  }
  return `/stats/${report}?${query}`;
}

export async function stats(report, parameters) {
  const ask = () => read(address(report, { ...parameters, format: 'json' }));
  try {
    return await ask();
  } catch (error) {
    if (!error.message.startsWith('tz is ')) throw error;
    asksForZone = false;
    const answer = await ask();
    proxyZone = answer.time_zone;
    return answer;
  }
}

export const status = () => read('/status');

async function read(url) {
  let response;
  let text;
  try {
    // A proxy that is frozen would be waited for for ever. A report takes longer than its state, on a slow machine.
    response = await fetch(url, { headers: { Accept: 'application/json' }, signal: AbortSignal.timeout(url === '/status' ? 10000 : 30000) });
    text = await response.text();
  } catch {
    throw new ApiError('The proxy does not answer. Is it running?');
  }
  if (response.status === 401) throw new SignedOutError('The proxy asks for its access token again.');
  if (!response.ok) throw new ApiError(text.trim() || `${url} answered ${response.status}.`);
  return JSON.parse(text);
}
