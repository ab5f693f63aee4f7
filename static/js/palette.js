// Ctrl K: find or do anything. A combobox: the focus stays in the field, the arrows choose. Without script it is a page.
const palette = document.getElementById('palette');
const input = palette?.querySelector('input');
const options = () => [...palette.querySelectorAll('[role=option]:not([aria-disabled])')];
const chosen = () => options().find((option) => option.ariaSelected === 'true');

function open() {
  if (palette.open || document.querySelector('dialog[open]')) return;
  palette.showModal();
  input.select();
}
function choose(option) {
  options().forEach((each) => { each.ariaSelected = String(each === option); });
  input.setAttribute('aria-activedescendant', option?.id ?? '');
  option?.scrollIntoView({ block: 'nearest' });
}
if (palette) {
  document.addEventListener('click', (e) => {
    if (e.target.closest('[data-palette]')) { e.preventDefault(); open(); }
    const option = palette.contains(e.target) && e.target.closest('[data-href]');
    if (option) location.assign(option.dataset.href);
  });
  document.addEventListener('keydown', (e) => {
    if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'k') { e.preventDefault(); open(); }
  });
  palette.addEventListener('keydown', (e) => {
    const all = options(), at = all.indexOf(chosen());
    if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
      e.preventDefault();
      choose(all[(at + (e.key === 'ArrowDown' ? 1 : -1) + all.length) % all.length]);
    }
    // What was typed last has to be answered first: Enter must not open what an older answer shows.
    if (e.key === 'Enter') { e.preventDefault(); if (input.dataset.answered === input.value.trim() && chosen()) location.assign(chosen().dataset.href); else input.dataset.wanted = '1'; }
  });
  input.addEventListener('input', () => { delete input.dataset.wanted; });
  document.addEventListener('htmx:afterSettle', (e) => {
    if (e.target.id !== 'pal-list') return;
    input.dataset.answered = e.detail.requestConfig?.parameters?.q?.trim() ?? input.value.trim();
    choose(options()[0]);
    if ('wanted' in input.dataset && chosen()) location.assign(chosen().dataset.href);
  });
}

// G, then a letter: straight to a page of the menu that has it as data-go.
let going = 0;
document.addEventListener('keydown', (e) => {
  if (e.ctrlKey || e.metaKey || e.altKey || document.querySelector('dialog[open]')) return;
  if (e.target.closest?.('input:not([type=checkbox], [type=radio]), textarea, select')) return;
  const key = e.key.toLowerCase(), place = Date.now() < going && document.querySelector(`[data-go="${CSS.escape(key)}"]`);
  going = key === 'g' ? Date.now() + 900 : 0;
  if (place) place.click();
});
