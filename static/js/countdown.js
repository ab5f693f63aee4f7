// What is left of a lock, in minutes and seconds: by the server's count, whatever the clock here says.
const timers = [...document.querySelectorAll('[data-left]')];
const began = Date.now();
function tick() {
  for (const timer of timers) {
    const left = Math.ceil(timer.dataset.left - (Date.now() - began) / 1000);
    timer.textContent = left > 0 ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')}` : timer.dataset.ended;
  }
}
if (timers.length) { tick(); setInterval(tick, 1000); }
