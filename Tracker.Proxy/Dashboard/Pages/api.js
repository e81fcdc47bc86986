// Everything the pages show comes from the same reports that scripts can ask for.
import { zone } from './format.js';

export class ApiError extends Error {}

export function address(report, parameters = {}) {
  const query = new URLSearchParams({ tz: zone });
  for (const [key, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== false) query.set(key, value);
  }
  return `/stats/${report}?${query}`;
}

export async function stats(report, parameters) {
  return read(address(report, { ...parameters, format: 'json' }));
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
