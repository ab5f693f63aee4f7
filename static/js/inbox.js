// Opening what a notification is about marks it as read, without keeping the person from getting there.
// Without script the button beside it does.
document.addEventListener('click', (e) => {
  const link = e.target.closest('a[data-read]');
  if (!link) return;
  const headers = JSON.parse(document.body.getAttribute('hx-headers'));
  fetch(link.dataset.read, { method: 'POST', headers, keepalive: true, redirect: 'manual' });
});
