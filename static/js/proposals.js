// The queue of proposals by keys: J and K move, A approves, R opens the decision. G R is a way here, not a refusal.
let last = '';
document.addEventListener('keydown', (e) => {
  const before = last, key = e.key.toLowerCase();
  last = key;
  if (e.ctrlKey || e.metaKey || e.altKey || before === 'g' || document.querySelector('dialog[open]')) return;
  if (e.target.closest?.('input, textarea, select')) return;
  const rows = [...document.querySelectorAll('[data-proposal]')], row = e.target.closest?.('[data-proposal]');
  if (key === 'j' || key === 'k') {
    const next = rows[row ? rows.indexOf(row) + (key === 'j' ? 1 : -1) : 0];
    next?.querySelector('h2 a').focus({ focusVisible: true });
    next?.scrollIntoView({ block: 'nearest' });
  } else if (row && key === 'a') row.querySelector('[data-approve]')?.click();
  else if (row && key === 'r') row.querySelector('[data-refuse]')?.click();
});
