// A page of a release says so where readers see another one. SHOWN comes from current.js, which the pointer's moves write anew.
"use strict";
(() => {
  const note = document.getElementById("shown");
  if (!SHOWN || String(SHOWN) === note.dataset.release) return;
  note.querySelectorAll("b").forEach((place) => { place.textContent = SHOWN; });
  note.hidden = false;
})();
