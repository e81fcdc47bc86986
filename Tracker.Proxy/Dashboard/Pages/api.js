// Everything the pages show comes from the same reports that scripts can ask for.
import { zone } from './format.js';

export class ApiError extends Error {}

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
  try {
    response = await fetch(url, { headers: { Accept: 'application/json' } });
  } catch {
    throw new ApiError('The proxy does not answer. Is it running?');
  }
  if (!response.ok) throw new ApiError((await response.text()).trim() || `${url} answered ${response.status}.`);
  return response.json();
}
