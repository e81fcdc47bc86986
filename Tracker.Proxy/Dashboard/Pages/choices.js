// What is chosen on a page, kept in its address: whoever reloads it or sends it to somebody sees the same.

export const times = [['today', 'today'], ['7d', '7 days'], ['30d', '30 days'], ['month', 'this month'], ['all', 'all time']];

/** @param usual { key: what it is when nobody has chosen } @param known { key: [[value, text]] }: what a key may be, where that is not any text */
export function choices(usual, known) {
  const chosen = { ...usual };
  const isKnown = (key, value) => Object.hasOwn(usual, key) && (!known[key] || known[key].some(([name]) => name === value));
  // Another page may be shown meanwhile, and the address is that page's.
  const write = page => {
    const query = new URLSearchParams(Object.entries(chosen).filter(([key, value]) => value !== usual[key])).toString();
    if (location.hash.startsWith(`#/${page}`)) history.replaceState(null, '', `#/${page}${query && '?'}${query}`);
  };
  return {
    chosen,
    /** Who follows a link sees what it says, and nothing of what was chosen before; what no page knows is left out. */
    read(page, parameters) {
      if (Object.keys(parameters).length > 0) Object.assign(chosen, usual, Object.fromEntries(Object.entries(parameters).filter(([key, value]) => isKnown(key, value))));
      write(page);
    },
    set(page, key, value) {
      chosen[key] = value;
      write(page);
    },
  };
}
