"use strict";
(() => {
  const all = [...document.querySelectorAll(".provision")];
  const tools = document.getElementById("tools");
  const seek = document.getElementById("seek");
  const shown = document.getElementById("shown");
  const buttons = [...tools.querySelectorAll("[data-show]")];
  const text = new Map(all.map((d) => [d, d.textContent.toLowerCase()]));
  let key = "all";

  const apply = () => {
    const words = seek.value.toLowerCase().split(/\s+/).filter(Boolean);
    let n = 0;
    for (const d of all) {
      const keys = d.dataset.keys.split(" ");
      const on = (key === "all" || keys.includes(key)) && words.every((w) => text.get(d).includes(w));
      d.classList.toggle("off", !on);
      if (on) n++;
    }
    for (const g of document.querySelectorAll(".guideline")) {
      g.classList.toggle("off", !g.querySelector(".provision:not(.off)"));
    }
    shown.textContent = n + " of " + all.length + " provisions shown";
  };

  for (const b of buttons) {
    b.addEventListener("click", () => {
      key = b.dataset.show;
      for (const o of buttons) o.setAttribute("aria-pressed", String(o === b));
      apply();
    });
  }
  seek.addEventListener("input", apply);
  seek.addEventListener("keydown", (e) => {
    if (e.key === "Escape") {
      seek.value = "";
      apply();
    }
  });

  const visible = () => all.filter((d) => !d.classList.contains("off"));
  const set = (ds, open) => {
    for (const d of ds) {
      d.open = open;
      for (const u of d.querySelectorAll("details")) u.open = open;
    }
  };
  document.getElementById("open-all").addEventListener("click", () => set(visible(), true));
  document.getElementById("close-all").addEventListener("click", () => set(all, false));

  // A link to a unit opens what it stands in, and a filter never hides it.
  const follow = () => {
    const id = decodeURIComponent(location.hash.slice(1));
    const target = id && document.getElementById(id);
    if (!target) return;
    if (target.closest(".off")) {
      seek.value = "";
      buttons[0].click();
    }
    for (let e = target; e; e = e.parentElement) {
      if (e.tagName === "DETAILS") e.open = true;
    }
    target.scrollIntoView();
  };
  addEventListener("hashchange", follow);

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const d of closed) d.open = true;
  });
  addEventListener("afterprint", () => {
    for (const d of closed) d.open = false;
  });

  tools.hidden = false;
  apply();
  follow();
})();
