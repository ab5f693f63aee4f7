// Ticks every row of a list at once, or a range with Shift, and counts them. The bar that acts on them is plain CSS.
const $$ = (selector, root) => [...root.querySelectorAll(selector)];
let last;
document.addEventListener('click', (e) => {
  const list = e.target.closest('.list'), pick = e.target.closest('.pick'), all = e.target.closest('[data-all]');
  if (!list || !(pick || all)) return;
  const picks = $$('.pick', list);
  if (all) picks.forEach((one) => { one.checked = all.checked; });
  else if (e.shiftKey && picks.includes(last)) {
    const [from, to] = [picks.indexOf(last), picks.indexOf(pick)].sort((a, b) => a - b);
    picks.slice(from, to + 1).forEach((one) => { one.checked = pick.checked; });
  }
  last = pick ?? last;
  count();
});
function count() {
  for (const all of $$('[data-all]', document)) {
    const list = all.closest('.list'), picks = $$('.pick', list), n = picks.filter((pick) => pick.checked).length;
    all.closest('label').hidden = false;
    all.checked = n > 0 && n === picks.length;
    all.indeterminate = n > 0 && n < picks.length;
    list.querySelector('.bulk output').value = n;
  }
}
document.addEventListener('htmx:afterSettle', count);
addEventListener('pageshow', count);
