// Stockroom's behaviour beside htmx. Everything here is progressive: pages work without it.
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const on = (type, act) => document.addEventListener(type, act);
const typing = (el) => el.closest?.('input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]');

/* Dialogs: command/commandfor is native; this covers browsers without it. */
const nativeCommands = 'commandForElement' in HTMLButtonElement.prototype;
on('click', (e) => {
  const button = e.target.closest('button, a');
  if (!button) { if (e.target.matches('dialog')) e.target.close(); return; }
  if (!nativeCommands && button.getAttribute('command') === 'show-modal') $(`#${button.getAttribute('commandfor')}`)?.showModal();
  if (button.hasAttribute('command')) button.closest('.menu')?.hidePopover();
  if ('close' in button.dataset) { e.preventDefault(); button.closest('dialog').close(); }
  if ('discard' in button.dataset) $('[data-dirty]').dataset.dirty = '';
  if ('dismiss' in button.dataset) button.closest('[data-toast]').remove();
  if ('reveal' in button.dataset) {
    const input = $(`#${button.dataset.reveal}`), show = input.type === 'password';
    input.type = show ? 'text' : 'password';
    button.setAttribute('aria-pressed', show);
  }
});

/* A dialog that the server sent opens at once, and closes when its act was done. */
on('htmx:afterSettle', (e) => {
  const dialog = e.target.id === 'dialog' ? $('dialog', e.target) : null;
  if (dialog && !dialog.open) dialog.showModal();
  const target = e.target.matches('[data-focus]') ? e.target : $('[data-focus]', e.target) || $('[role=alert][tabindex]', e.target);
  target?.focus();
  if (target && 'select' in target.dataset) fill(target);
  else if (target?.matches('.cell-form select')) early = null;
  $$('[data-toast]').forEach(leave);
});
// Before the answer is shown: what lies behind an open dialog cannot take the focus.
on('htmx:beforeSwap', ({ detail: { xhr, requestConfig: { verb, elt } } }) => {
  if (xhr.status < 300 && verb !== 'get') elt.closest('dialog')?.close();
});

/* Toasts confirm; a good one leaves after eight seconds unless somebody is at it. A refusal is always said. */
function leave(toast) {
  if (toast.dataset.toast || toast.classList.contains('bad')) return;
  toast.dataset.toast = 'leaving';
  let left = 8000, since = Date.now(), timer = setTimeout(() => toast.remove(), left);
  const stay = () => { clearTimeout(timer); left -= Date.now() - since; };
  const go = () => { since = Date.now(); timer = setTimeout(() => toast.remove(), Math.max(left, 2000)); };
  toast.addEventListener('mouseenter', stay);
  toast.addEventListener('focusin', stay);
  toast.addEventListener('mouseleave', go);
  toast.addEventListener('focusout', go);
}
function say(text) {
  const toast = $('#refusal').content.firstElementChild.cloneNode(true);
  $('p', toast).textContent = text;
  $('#toasts').append(toast);
}
// What a region asks by itself, to tell who is here, what is alike or how many there are, fails in silence.
const byItself = (e) => e.target.matches('[data-quiet]');
on('htmx:responseError', (e) => {
  if (byItself(e)) return;
  const status = e.detail.xhr.status;
  if (status === 401 || status === 403) say(document.body.dataset.refused);
  else say(document.body.dataset.failed);
});
on('htmx:sendError', (e) => { if (!byItself(e)) say(document.body.dataset.offline); });
$$('[data-toast]').forEach(leave);

/* Unsaved changes: the save bar says so, and leaving asks. */
on('input', (e) => {
  const form = e.target.closest('[data-dirty]');
  if (form) mark(form, '1', form.dataset.unsaved);
  const output = e.target.closest('form')?.querySelector('[data-sum]');
  if (output) sum(output);
});
on('change', (e) => {
  const form = e.target.closest('form'), output = form && $('[data-sum]', form);
  if (output) sum(output);
});
on('reset', (e) => { if ('dirty' in e.target.dataset) mark(e.target, '', e.target.dataset.saved); });
on('submit', (e) => { if ('dirty' in e.target.dataset) e.target.dataset.dirty = ''; });
addEventListener('beforeunload', (e) => { if ($('[data-dirty="1"]')) e.preventDefault(); });
function mark(form, state, text) {
  form.dataset.dirty = state;
  $('[data-dirty-text]', form).textContent = text;
}

/* The stock dialog shows what will be left. */
function sum(output) {
  const form = output.closest('form'), kind = $('[name=kind]:checked', form)?.value;
  const units = +$('[name=units]', form).value || 0, stock = +output.dataset.sum;
  const sign = ['sold', 'damaged'].includes(kind) ? -1 : 1;
  $('ins', output).textContent = kind === 'count' ? units : stock + sign * units;
}

/* What is typed while a cell's form is on its way belongs to that form: half an amount must not be saved. */
let early = null;
on('htmx:beforeRequest', (e) => {
  if (e.target.matches('.cell[data-edit]')) early = '';
  if (e.detail.target.id === 'm-row') e.detail.target.replaceChildren(); // what another row offered
});
on('htmx:afterRequest', (e) => { if (!e.detail.successful) early = null; });
on('keydown', (e) => {
  if (early === null || typing(e.target) || e.ctrlKey || e.metaKey || e.altKey || (e.key.length > 1 && e.key !== 'Enter')) return;
  e.preventDefault();
  e.stopImmediatePropagation();
  early += e.key === 'Enter' ? '\n' : e.key;
});
function fill(input) {
  const typed = early ?? '';
  early = null;
  input.select();
  if (!typed) return;
  input.value = typed.split('\n')[0];
  if (typed.includes('\n')) input.form.requestSubmit();
}

/* Escape puts an edited cell back, Enter saves it. */
on('keydown', (e) => {
  if (e.key === 'Escape') e.target.closest('.cell-form')?.querySelector('[data-cancel]')?.click();
  if (e.key === 'Enter' && e.target.matches('.cell-form select')) { e.preventDefault(); e.target.form.requestSubmit(); }
});

/* Keyboard. Single keys never act while somebody types. */
on('keydown', (e) => {
  const mod = e.ctrlKey || e.metaKey, key = e.key.toLowerCase(), dirty = $('form[data-dirty]');
  if (mod && key === 's' && dirty) { e.preventDefault(); dirty.requestSubmit(); return; }
  if (mod || e.altKey || typing(e.target) || $('dialog[open]')) return;
  if (key === '/') { e.preventDefault(); $('.toolbar input[type=search]')?.focus(); return; }
  if (key === '?') { $('#keys')?.showModal(); return; }
  const rows = $$('[data-list] tbody tr'), row = e.target.closest('[data-list] tbody tr');
  if (key === 'j' || key === 'k') {
    const next = rows[row ? rows.indexOf(row) + (key === 'j' ? 1 : -1) : 0];
    next?.querySelector('a')?.focus({ focusVisible: true });
    next?.scrollIntoView({ block: 'nearest' });
  } else if (row && key === 'e') { e.preventDefault(); ($('.cell[data-edit=price]', row) ?? $('.cell[data-edit]', row))?.click(); }
});
