// Ticks rows of a list: all of a page, a range with Shift, the row at hand with X. The bar that acts on them is plain CSS.
const $$ = (selector, root) => [...root.querySelectorAll(selector)];
const typing = (el) => el.closest('input:not([type=checkbox], [type=radio]), textarea, select');
let last;
document.addEventListener('click', (e) => {
  const list = e.target.closest('.list'), pick = e.target.closest('.pick'), all = e.target.closest('[data-all]');
  if (!list || !(pick || all)) return;
  if (all) $$('.pick', list).forEach((one) => { one.checked = all.checked; });
  else if (e.shiftKey) range(list, pick);
  last = pick ?? last;
  count();
});
document.addEventListener('keydown', (e) => {
  const pick = e.target.closest('[data-list] tbody tr')?.querySelector('.pick');
  if (!pick || e.key.toLowerCase() !== 'x' || e.ctrlKey || e.metaKey || e.altKey || typing(e.target) || document.querySelector('dialog[open]')) return;
  pick.checked = !pick.checked;
  if (e.shiftKey) range(pick.closest('.list'), pick);
  last = pick;
  count();
});
function range(list, pick) {
  const picks = $$('.pick', list);
  if (!picks.includes(last)) return;
  const [from, to] = [picks.indexOf(last), picks.indexOf(pick)].sort((a, b) => a - b);
  picks.slice(from, to + 1).forEach((one) => { one.checked = pick.checked; });
}
// "All that match" is on offer once all of the page are ticked, and is taken back with the first that is not.
function count() {
  for (const all of $$('[data-all]', document)) {
    const list = all.closest('.list'), picks = $$('.pick', list), n = picks.filter((pick) => pick.checked).length;
    all.closest('label').hidden = false;
    all.checked = n > 0 && n === picks.length;
    all.indeterminate = n > 0 && n < picks.length;
    const matching = list.querySelector('[data-matching]');
    if (matching) {
      matching.closest('label').hidden = !all.checked;
      matching.checked &&= all.checked;
    }
    list.querySelector('.bulk output').value = matching?.checked ? matching.dataset.matching : n;
  }
}
document.addEventListener('change', (e) => { if (e.target.matches('[data-matching]')) count(); });
document.addEventListener('reset', () => setTimeout(count));
document.addEventListener('htmx:afterSettle', count);
addEventListener('pageshow', count);
