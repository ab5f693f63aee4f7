// When the session has ended under an open page, sign-in opens over it, and what was being sent goes on afterwards.
// Nothing that was typed leaves the page before that, and it only ever goes where its own form says.
const dialog = document.querySelector('#resume'), place = dialog.querySelector('[data-form]');
const { person, state, signIn } = dialog.dataset;
const entrance = `${signIn}?next=${encodeURIComponent(state)}`;
const known = new WeakSet(); // forms that may go on their way
let shown = entrance; // the page in the dialog
let waiting = []; // what goes on once the same person is back

/* htmx was told to leave for the sign-in page: it stays instead, and asks again later. */
document.addEventListener('htmx:beforeOnLoad', (e) => {
  const { xhr, requestConfig: { verb, path, elt, triggeringEvent } } = e.detail;
  if (xhr.status !== 401 || !xhr.getResponseHeader('HX-Redirect')?.startsWith(`${signIn}?`)) return;
  e.preventDefault();
  if (elt.matches('[data-quiet]')) return; // what the page asks by itself is no reason to stop anybody
  const button = triggeringEvent?.submitter;
  const values = button?.name ? { [button.name]: button.value } : {};
  ask(() => htmx.ajax(verb, path, { source: elt, event: triggeringEvent, values }));
});

/* Before a plain form leaves the page, somebody must be there to take it. Ahead of all other listeners. */
document.addEventListener('submit', async (e) => {
  const form = e.target, button = e.submitter;
  if (!form.matches('[method=post]:not([hx-post], [data-leave])') || place.contains(form)) return;
  if (known.delete(form)) return;
  e.preventDefault();
  e.stopImmediatePropagation();
  if (form.dataset.asking) return;
  form.dataset.asking = '1';
  const send = () => {
    known.add(form);
    form.requestSubmit(button?.isConnected ? button : null);
    known.delete(form); // where the browser found a field to complain about
  };
  try {
    await answer(await fetch(state, { cache: 'no-store' }), send);
  } catch {
    htmx.trigger(document.body, 'htmx:sendError');
  }
  delete form.dataset.asking;
}, true);

async function answer(response, send) {
  if (response.status === 401) ask(send);
  else if (response.ok) { if (same(await response.json())) send(); }
  else send(); // the server says itself what is wrong
}

/* Whoever is there now: the page goes on with their token, or leaves for the start page of another. */
function same(now) {
  if (now.person !== person) {
    for (const form of document.querySelectorAll('[data-dirty]')) form.dataset.dirty = '';
    location.assign('/');
    return false;
  }
  for (const input of document.querySelectorAll('[name=csrfmiddlewaretoken]')) input.value = now.token;
  document.body.setAttribute('hx-headers', JSON.stringify({ 'X-CSRFToken': now.token }));
  return true;
}

function ask(again) {
  waiting.push(again);
  if (!dialog.open) load(entrance);
}

/* The dialog shows the sign-in pages themselves: the form, its refusals, the lock, the second step. */
async function load(address, options) {
  try {
    await show(await fetch(address, { cache: 'no-store', ...options }));
  } catch {
    htmx.trigger(document.body, 'htmx:sendError');
  }
}

async function show(response) {
  const { pathname, search } = new URL(response.url);
  if (response.ok && response.headers.get('Content-Type').startsWith('application/json')) {
    const now = await response.json(), acts = waiting;
    waiting = [];
    dialog.close();
    if (same(now)) acts.forEach((act) => act());
    return;
  }
  if (response.redirected && pathname === signIn && !search) { await load(entrance); return; } // begun anew
  shown = response.url;
  const main = new DOMParser().parseFromString(await response.text(), 'text/html').querySelector('main');
  const title = main.querySelector('h1');
  dialog.querySelector('h2').textContent = title.textContent;
  // What only works on its own page stays there: a countdown, passkeys.
  main.querySelectorAll('h1, .brand, script, p:has([data-left]), form:has([data-passkey])').forEach((el) => el.remove());
  for (const name of ['id', 'for', 'aria-describedby', 'aria-labelledby', 'data-reveal']) {
    for (const el of main.querySelectorAll(`[${name}]`)) {
      el.setAttribute(name, el.getAttribute(name).split(' ').map((id) => `resume-${id}`).join(' '));
    }
  }
  for (const link of main.querySelectorAll('[href^="#"]')) link.hash = `#resume-${link.hash.slice(1)}`;
  place.replaceChildren(...main.children);
  if (!dialog.open) dialog.showModal();
  const first = 'input:not([type=hidden], [readonly], :disabled)';
  (place.querySelector('[role=alert][tabindex]') ?? place.querySelector(`[autofocus], ${first}`) ?? dialog).focus();
}
place.addEventListener('submit', (e) => {
  e.preventDefault();
  const body = new URLSearchParams(new FormData(e.target, e.submitter));
  load(new URL(e.target.getAttribute('action') ?? '', shown), { method: 'POST', body });
});
place.addEventListener('click', (e) => {
  const link = e.target.closest('a:not([href^="#"])');
  if (!link) return;
  if (link.pathname === signIn) { e.preventDefault(); load(entrance); } else link.target = '_blank';
});
dialog.addEventListener('close', () => { waiting = []; place.replaceChildren(); });
