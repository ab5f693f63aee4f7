// Copying: a new token, or what the page asks of the server as a curl command for a script.
const $ = (selector, root = document) => root.querySelector(selector);

document.addEventListener('click', async (e) => {
  const button = e.target.closest('[data-copy]');
  if (!button || !await copy($(`#${button.dataset.copy}`))) return;
  $('[role=status]', button.parentElement).textContent = button.dataset.copied;
});
async function copy(source) {
  if (source.select) source.select(); else getSelection().selectAllChildren(source);
  try {
    await navigator.clipboard.writeText(source.value ?? source.textContent);
    return true;
  } catch { // without https a page has no clipboard, but what is selected can be copied
    return document.execCommand('copy');
  }
}

/* The command follows what is typed: site_config/lib/curl.py again, for the form as it is by now. */
document.addEventListener('beforetoggle', (e) => {
  if (e.newState !== 'open' || !e.target.matches('.curl')) return;
  $('[role=status]', e.target).textContent = '';
  const shown = $('[data-curl]', e.target);
  if (shown) shown.textContent = quoted(json(body(shown.closest('form'), JSON.parse(shown.dataset.curl))));
}, true);
function body(form, { by, cases }) {
  const data = new FormData(form), made = {};
  for (const [name, field, kind, ...empty] of cases[by && data.get(by)] ?? []) made[name] = value(kind, data.get(field), empty[0]);
  return made;
}
function value(kind, typed, empty) {
  if (kind === 'flag') return typed !== null;
  if (kind === 'secret') return '…';
  if (!typed) return empty; // undefined is left out
  if (kind === 'words') return typed.split(',').map((word) => word.trim()).filter(Boolean);
  if (kind === 'text' || !/^ *-?[0-9]{1,15} *$/.test(typed)) return typed.replace(/\r\n?/g, '\n');
  return kind === 'negative' ? -typed : +typed;
}
function json(made) {
  return JSON.stringify(made, null, 2).replace(/[\x7f-\x9f]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
}
function quoted(text) { return `'${text.replaceAll("'", "'\\''")}'`; }
