// A dialog about something that has to be asked for. What goes wrong is said in it.
import { ApiError } from './api.js';
import { h } from './dom.js';

/** @param read close → what it shows */
export async function dialog(label, title, read) {
  const close = () => element.close();
  let content;
  try {
    content = await read(close);
  } catch (error) {
    if (!(error instanceof ApiError)) console.error(error);
    content = h('p', { class: 'bad' }, error.message);
  }
  const element = h('dialog', { 'aria-label': label, onclose: () => element.remove(), onclick: event => { if (event.target === element) close(); } },
    h('div', { class: 'head tools' }, h('h1', null, title), h('button', { type: 'button', onclick: close }, 'Close')), content);
  document.body.append(element);
  element.showModal();
}
