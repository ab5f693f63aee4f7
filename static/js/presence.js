// Says that somebody is at the product's form, while they are: it has the focus or something in it is not saved.
// Who walked away from an open form is not at it, and does not keep their session alive either.
const place = document.querySelector('[data-presence]'), form = document.querySelector('form[data-dirty]');
if (place && form) watch();

function watch() {
  const every = 15000, away = 10 * 60000;
  let told = false; // the others have been told that this person is at it
  let last = 0, active = 0;

  const atIt = () => form.dataset.dirty === '1' || form.contains(document.activeElement);

  function say() {
    const now = Date.now();
    if (!atIt() || now - active > away || now - last < every - 1000) return;
    last = now;
    told = true;
    htmx.trigger(place, 'present');
  }
  function leave() {
    if (!told) return;
    told = false;
    last = 0;
    const body = new FormData();
    body.append('csrfmiddlewaretoken', form.elements.csrfmiddlewaretoken.value);
    body.append('left', '1');
    navigator.sendBeacon(place.dataset.presence, body);
  }

  /* The same names are not said twice to who listens to the page. */
  place.addEventListener('htmx:beforeSwap', ({ detail }) => {
    const answer = document.createElement('template');
    answer.innerHTML = detail.serverResponse;
    const words = (root) => root.textContent.trim();
    if (words(answer.content) === words(place)) detail.shouldSwap = false;
  });

  for (const type of ['focusin', 'input']) form.addEventListener(type, () => { active = Date.now(); say(); });
  // Out of the form with nothing unsaved in it. The focus has arrived elsewhere once the event is over.
  form.addEventListener('focusout', () => setTimeout(() => { if (!atIt()) leave(); }));
  setInterval(say, every);
  addEventListener('pagehide', leave);
}
