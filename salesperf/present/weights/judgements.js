// The part of the lab that asks for pairwise judgements of KPIs and turns them into weights (pairwise.js). What is saved
// is a file that `company.weights_from` reads, which combines those of several people.

const STRONGEST = 9; // of Saaty's scale: extremely more important

/**
 * The part as { section, built(kpis) }; built() is to be called with the KPI ids when the model has other KPIs.
 * shareOf(kpi): its share in the model shown; attempt(shares, label): tries shares of the score; download(name, text).
 */
function judgementsPart({ words, number, percent, plainTable, labelOf, shareOf, attempt, download }) {
  const given = new Map(); // pair → how many times as important the first is as the second; 1 where nothing was said
  const pairs = element("div", { class: "lab-pairs" });
  const body = element("div", { class: "lab-scrolled" });
  const section = element("section", { class: "lab-wide lab-judgements", "aria-label": words("lab_judgements") },
    element("h2", {}, words("lab_judgements")),
    element("details", {}, element("summary", {}, words("lab_judge")),
      element("p", { class: "lab-hint" }, words("lab_judgements_hint")), pairs, body));
  let ids = [];

  const keyOf = (first, second) => JSON.stringify([first, second]);
  const wordOf = (times) =>
    times === 1 ? words("lab_as_important") : times > 1 ? words("lab_more_important", { n: times }) : words("lab_less_important", { n: Math.round(1 / times) });
  const scale = Array.from({ length: STRONGEST * 2 - 1 }, (_, place) => (place < STRONGEST ? STRONGEST - place : 1 / (place - STRONGEST + 2)));

  function pairRow(first, second) {
    const key = keyOf(first, second);
    const said = given.get(key) ?? 1;
    const choice = element("select", {
      "aria-label": words("lab_judgement_of", { a: labelOf(first), b: labelOf(second) }),
      onchange: (event) => { given.set(key, scale[event.target.value]); paint(); },
    }, ...scale.map((times, place) => element("option", { value: place, selected: times === said }, wordOf(times))));
    return element("div", {}, element("span", {}, labelOf(first)), choice, element("span", {}, labelOf(second)));
  }

  function matrix() {
    const said = (row, column) => given.get(keyOf(ids[row], ids[column])) ?? 1;
    return ids.map((_, row) => ids.map((_, column) =>
      (row === column ? 1 : row < column ? said(row, column) : 1 / said(column, row))));
  }

  function consistency({ ratio, reconsider }) {
    const told = words("lab_consistency", { ratio: number(ratio, 2), limit: number(ACCEPTABLE, 2) });
    if (!reconsider || !(ratio > ACCEPTABLE)) return [element("p", {}, told)];
    const { first, second, given: times, consistent } = reconsider;
    const names = { a: labelOf(ids[first]), b: labelOf(ids[second]), given: number(times, 2), others: number(consistent, 2) };
    return [element("p", {}, told), element("p", { class: "lab-message" }, words("lab_reconsider", names))];
  }

  function paint() {
    const result = ahp(matrix());
    const shares = Object.fromEntries(ids.map((kpi, place) => [kpi, result.weights[place]]));
    body.replaceChildren(
      plainTable(words("lab_judged"), [words("lab_kpi"), words("lab_now"), words("lab_by_judgements")],
        ids.map((kpi) => [labelOf(kpi), percent(shareOf(kpi)), percent(shares[kpi])])),
      ...consistency(result),
      element("div", { class: "lab-choices" },
        element("button", { type: "button", onclick: () => { attempt(shares, words("lab_judgements")); paint(); } }, words("lab_try")),
        element("button", { type: "button", onclick: save }, words("lab_judgements_save"))));
  }

  function save() {
    const lines = ids.slice(0, -1).map((first, row) => {
      const others = ids.slice(row + 1).map((second) => `${JSON.stringify(second)}: ${given.get(keyOf(first, second)) ?? 1}`);
      return `  ${JSON.stringify(first)}: {${others.join(", ")}}`;
    });
    download("judgements.yml", `pairs:\n${lines.join("\n")}\n`);
  }

  function built(kpis) {
    section.hidden = kpis.length < 2;
    if (section.hidden) return;
    if (kpis.join() !== ids.join()) {
      ids = kpis;
      pairs.replaceChildren(...ids.flatMap((first, place) => ids.slice(place + 1).map((second) => pairRow(first, second))));
    }
    paint();
  }

  return { section, built };
}
