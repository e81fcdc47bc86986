// Prices usages with genai-prices' own data and calculation. A line in: { provider, model, usages: [[atMs, input, read, written5m, written1h, output, searches], …] };
// a line out: the total of each in USD, or null where it knows no price.
import { createInterface } from 'node:readline';
import { calcPrice } from '@pydantic/genai-prices';

console.warn = () => {}; // It warns of every count that a model has no price for.

for await (const line of createInterface({ input: process.stdin })) {
  const { provider, model, usages } = JSON.parse(line);
  const totals = usages.map(([at, input, read, written5m, written1h, output, searches]) => {
    const usage = {
      input_tokens: input + read + written5m + written1h,
      cache_read_tokens: read,
      cache_write_tokens: written5m + written1h,
      cache_write_5m_tokens: written5m,
      cache_write_1h_tokens: written1h,
      output_tokens: output,
      web_searches: searches,
    };
    return calcPrice(usage, model, { providerId: provider, timestamp: new Date(at) })?.total_price ?? null;
  });
  process.stdout.write(JSON.stringify(totals) + '\n');
}
