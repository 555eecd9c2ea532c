// Search over tables and columns: every word must stand somewhere in the name or the text; of a table also in those of its
// columns. INDEX comes from search.js of the site.
"use strict";
(() => {
  const input = document.getElementById("find"), list = document.getElementById("found"), count = document.getElementById("count");
  const plain = INDEX.map((entry) => entry.join(" ").toLowerCase());
  const most = 40, whole = {};
  INDEX.forEach(([table], n) => { whole[table] = `${whole[table] || ""} ${plain[n]}`; });
  const look = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    list.replaceChildren();
    count.textContent = "";
    if (!words.length) return;
    const holds = (text) => words.every((word) => text.includes(word));
    const hits = {};
    INDEX.forEach(([table], n) => { hits[table] = (hits[table] || 0) + holds(plain[n]); });
    // a table of that very name, one that is called so, a column that is, a table that says it, one whose columns do (most
    // of them first), a column that does
    const score = ([table, column, , , asked], n) => {
      const levels = column
        ? [false, false, words.some((word) => column.includes(word)) && holds(`${table}.${column}`), false, false, holds(plain[n])]
        : [words.join(" ") === table, holds(table) || holds((asked || "").toLowerCase()), false, holds(plain[n]), holds(whole[table])];
      const level = levels.indexOf(true);
      return level < 0 ? 0 : (6 - level) * 1e6 + (column ? 0 : hits[table]);
    };
    const found = INDEX.map((entry, n) => [score(entry, n), entry]).filter(([points]) => points > 0)
      .sort(([one], [other]) => other - one).map(([, entry]) => entry);
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
