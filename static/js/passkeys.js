// Passkeys: allauth's scripts talk to the device; a button says which act it begins.
for (const button of document.querySelectorAll('[data-passkey]')) {
  const act = button.dataset.passkey, ids = { [act]: button.id, credential: 'passkey-credential' };
  if (document.getElementById('js_data')) ids.data = 'js_data';
  window.allauth.webauthn.forms[`${act}Form`]({ ids });
  button.disabled = false; // before, and without script, it could only send an empty form
}
/* Given up, or not to be had: said beside the button. */
document.addEventListener('allauth.error', (e) => {
  e.preventDefault();
  const said = document.getElementById('passkey-failed');
  said.hidden = false;
  said.focus();
});
