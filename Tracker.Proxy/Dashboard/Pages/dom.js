// Elements without a framework. Text is only ever set as text, so what comes from the network cannot become markup.

/** h('p', { class: 'note' }, 'text', child …) */
export function h(name, attributes, ...children) {
  return fill(document.createElement(name), attributes, children);
}

export function svg(name, attributes, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children);
}

function fill(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (key === 'fillWith') element.style.setProperty('background', value);
    else if (key === 'width%') element.style.setProperty('width', `${value}%`);
    else if (value === true) element.setAttribute(key, '');
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(key, value);
  }
  element.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

/** What tells the proxy's state: shown anew with each that is asked for, also while nothing lands. */
export function live(state, show) {
  const element = h('div', { 'data-live': true, onstate: event => {
    const fresh = h('div', { 'data-live': true }, show(event.detail));
    if (!fresh.isEqualNode(element)) element.replaceChildren(...fresh.childNodes); // What stays the same keeps what is selected in it.
  } }, show(state));
  return element;
}

/** A card with a heading and, at its right, tools. */
export function card(title, options, ...children) {
  const { width = '', tools = [], error = false } = options ?? {};
  return h('section', { class: `card ${width} ${error ? 'error' : ''}`, 'aria-label': title },
    h('div', { class: 'head' }, h('h2', null, title), tools.length > 0 && h('div', { class: 'tools' }, tools)), children);
}

export function choice(label, values, chosen, onchange) {
  return h('label', null, h('span', { class: 'hidden' }, label),
    h('select', { onchange: event => onchange(event.target.value), 'aria-label': label },
      values.map(([value, text]) => h('option', { value, selected: value === chosen }, text))));
}

export function copyable(command) {
  const button = h('button', {
    type: 'button',
    onclick: async () => {
      try {
        await navigator.clipboard.writeText(command);
        button.textContent = 'Copied';
      } catch {
        getSelection().selectAllChildren(code); // Over http under a name, a page may not write to the clipboard.
        button.textContent = 'Selected';
      }
      setTimeout(() => { button.textContent = 'Copy'; }, 1500);
    },
  }, 'Copy');
  const code = h('code', null, command);
  return h('div', { class: 'command' }, h('pre', { tabindex: '0', 'aria-label': 'Command' }, code), button);
}
