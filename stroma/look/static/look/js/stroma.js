// Makes quicker what already works without it. Nothing here decides anything.

// A link with data-opens shows the dialog of that id instead of the page it leads to.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-opens]");
  const dialog = link && document.getElementById(link.dataset.opens);
  if (dialog?.showModal) {
    event.preventDefault();
    dialog.showModal();
  }
  const closer = event.target.closest("[data-closes]");
  if (closer) {
    event.preventDefault();
    closer.closest("dialog").close();
  }
  // A menu closes when something else is chosen.
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// Escape closes an open menu and gives the focus back.
document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// The faults of a form are read out and reached first; a scan field waits for the scanner.
const arrive = (root) => {
  root.querySelector("[data-takes-focus], [data-scan]")?.focus();
  const verdict = root.querySelector("[data-verdict]");
  if (verdict) sound(verdict.dataset.tone);
};

// A low tone for GO and a high one, twice, for STOP. Browsers stay silent until the page has been touched.
const sound = (tone) => {
  if (!navigator.userActivation?.hasBeenActive) return;
  const audio = new AudioContext();
  const starts = tone === "high" ? [0, 0.25] : [0];
  for (const start of starts) {
    const oscillator = audio.createOscillator();
    const volume = audio.createGain();
    oscillator.frequency.value = tone === "high" ? 880 : 330;
    volume.gain.value = 0.2;
    oscillator.connect(volume).connect(audio.destination);
    oscillator.start(audio.currentTime + start);
    oscillator.stop(audio.currentTime + start + 0.15);
  }
};

// A page that is being looked at asks every few seconds whether somebody changed what it shows; one that is redrawn
// does not move under somebody who is in the middle of it.
const inTheMiddle = () => {
  const main = document.getElementById("main");
  const focus = document.activeElement;
  return (focus !== main && main?.contains(focus)) || main?.querySelector("details[open], dialog[open]");
};
setInterval(() => {
  const live = document.querySelector("[data-live]");
  if (!live || document.visibilityState !== "visible") return;
  if (live.dataset.live === "form" || !inTheMiddle()) htmx.trigger(live, "look-again");
}, 12_000);

arrive(document);
document.addEventListener("htmx:load", ({ detail }) => {
  if (detail.elt !== document.body) arrive(detail.elt);
});
