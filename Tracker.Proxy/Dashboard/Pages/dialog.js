// A dialog about something that has to be asked for. What goes wrong is said in it.
import { ApiError } from './api.js';
import { h } from './dom.js';

let asked = 0;

/** @param read close → what it shows */
export async function dialog(label, title, read) {
  const close = () => element.close();
  const turn = ++asked;
  let content;
  try {
    content = await read(close);
  } catch (error) {
    if (!(error instanceof ApiError)) console.error(error);
    content = h('p', { class: 'bad' }, error.message);
  }
  if (turn !== asked) return; // A double click asks twice, and the latest one is shown.
  const isBeside = event => {
    const box = element.getBoundingClientRect();
    return event.target === element && (event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom);
  };
  let began = false; // Selecting text may end beside the dialog, and a click is where it ends.
  const element = h('dialog', { 'aria-label': label, onclose: () => element.remove(), onpointerdown: event => { began = isBeside(event); }, onclick: event => { if (began && isBeside(event)) close(); } },
    h('div', { class: 'head tools' }, h('h1', null, title), h('button', { type: 'button', onclick: close }, 'Close')), content);
  document.body.append(element);
  element.showModal();
}
