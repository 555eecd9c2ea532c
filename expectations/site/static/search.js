// Search over tables and columns: every word must stand somewhere in the name or the text. INDEX comes from search.js of the site.
"use strict";
(() => {
  const input = document.getElementById("find"), list = document.getElementById("found"), count = document.getElementById("count");
  const plain = INDEX.map((entry) => entry.join(" ").toLowerCase());
  const most = 40;
  const look = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    list.replaceChildren();
    count.textContent = "";
    if (!words.length) return;
    const named = ([table, column]) => words.every((word) => `${table}.${column}`.includes(word));
    const found = INDEX.filter((_, n) => words.every((word) => plain[n].includes(word)));
    found.sort((one, other) => named(other) - named(one));
    count.textContent = `${found.length} ditemukan · found${found.length > most ? `, ${most} pertama · first ${most}` : ""}`;
    for (const [table, column, id, en] of found.slice(0, most)) {
      const item = document.createElement("li"), link = document.createElement("a"), more = document.createElement("span");
      link.href = `table-${table}.html${column ? `#${column}` : ""}`;
      link.textContent = column ? `${table}.${column}` : table;
      more.className = "en";
      more.lang = "en";
      more.textContent = en;
      item.append(link, ` ${id}`, more);
      list.append(item);
    }
  };
  input.addEventListener("input", look);
  look();
})();
