"use strict";
(() => {
  const table = document.querySelector(".heat");
  const told = document.getElementById("told");
  if (!table || !told) return;
  const rows = [...table.tBodies[0].rows].map((r) => [...r.cells]);
  const heads = [...table.tHead.rows[1].cells];
  let at = null;

  // One cell is in the order of the Tab key; the arrow keys go on from there.
  const enter = (cell, focus) => {
    if (at) at.tabIndex = -1;
    at = cell;
    at.tabIndex = 0;
    if (focus) at.focus();
  };
  const say = (cell) => {
    const row = cell.parentElement;
    const head = heads[cell.cellIndex];
    if (!head || cell.tagName !== "TD") return;
    const what = cell.textContent.trim().replace(/\s+/g, " ");
    told.textContent = row.cells[0].textContent.trim().replace(/\s+/g, " ") + " · " + head.textContent.trim() + ": " + (what || "does not touch it");
  };
  const cells = rows.flat().filter((c) => c.tagName === "TD");
  for (const c of cells) c.tabIndex = -1;
  if (cells.length) enter(cells[0], false);
  table.addEventListener("mouseover", (e) => {
    const c = e.target.closest("td");
    if (c) say(c);
  });
  table.addEventListener("focusin", (e) => {
    const c = e.target.closest("td");
    if (c) say(c);
  });
  table.addEventListener("click", (e) => {
    const c = e.target.closest("td");
    if (c) enter(c, true);
  });
  const moves = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
  table.addEventListener("keydown", (e) => {
    const c = e.target.closest("td");
    const m = moves[e.key];
    if (!c || (!m && e.key !== "Home" && e.key !== "End")) return;
    e.preventDefault();
    const row = rows.findIndex((r) => r.includes(c));
    let y = row + (m ? m[0] : 0);
    let x = rows[row].indexOf(c) + (m ? m[1] : 0);
    if (e.key === "Home") x = 1;
    if (e.key === "End") x = rows[row].length - 1;
    const next = rows[y] && rows[y][x];
    if (next && next.tagName === "TD") enter(next, true);
  });

  // A link to a provision opens it.
  const follow = () => {
    const d = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (d && d.tagName === "DETAILS") d.open = true;
  };
  addEventListener("hashchange", follow);
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details.plain:not([open])")];
    for (const d of closed) d.open = true;
  });
  addEventListener("afterprint", () => {
    for (const d of closed) d.open = false;
  });
  told.hidden = false;
  follow();
})();
