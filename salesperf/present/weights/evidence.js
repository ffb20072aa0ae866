// The part of the lab on what an order rests on: which KPIs go together, and how alike the orders of the last periods
// are, as salesperf/people/weights/sensitivity.py tells. Periods are those of the model in force when the page was made,
// or, where a kernel answers, of the weights shown.

/**
 * The part as { section, settled(kpis, points, scores) }; settled() is to be called when a change is over, with the KPI
 * ids, the points by KPI and the scores of all people.
 * shown(): the text of the model shown.
 */
function evidencePart({ data, host, words, number, plainTable, labelOf, inForce, shown }) {
  const together = element("div", { class: "lab-scrolled" });
  const periods = element("div", { class: "lab-scrolled" });
  const source = element("p", { class: "lab-note" });
  const section = element("section", { class: "lab-wide lab-evidence", "aria-label": words("lab_evidence") },
    element("h2", {}, words("lab_evidence")), together, periods, source);
  const tau = (value) => number(value, 2);
  let asked = modelText(inForce, []); // the model that periods were last asked for

  function paintTogether(kpis, points, scores) {
    const people = [...scores.keys()].filter((person) =>
      !Number.isNaN(scores[person]) && kpis.every((kpi) => !Number.isNaN(points[kpi][person])));
    const rows = kpis.map((kpi, place) => [`${place + 1} ${labelOf(kpi)}`,
      ...kpis.map((other, at) => (at < place ? number(correlation(points[kpi], points[other], people), 2) : ""))]);
    const heads = [words("lab_kpi"), ...kpis.map((_, place) => String(place + 1))];
    together.replaceChildren(kpis.length > 1 ? plainTable(words("robust_correlations"), heads, rows) : "");
  }

  function paintPeriods(rows, said) {
    const heads = [words("robust_period"), words("robust_people"), words("robust_tau"), words("robust_tau_mean")];
    periods.replaceChildren(plainTable(words("lab_periods"), heads,
      rows.map(({ period, people, tau: present, tau_mean: mean }) => [period, number(people, 0), tau(present), tau(mean)])));
    setText(source, words(said));
  }

  async function askForPeriods(model) {
    asked = model;
    try {
      const answer = await answerOf(host, { about: "periods", model });
      if (asked !== model) return; // another one was asked for meanwhile
      if (answer.error) paintPeriods(data.periods, "lab_periods_failed");
      else paintPeriods(answer.periods, "lab_periods_asked");
    } catch {
      if (asked === model) setText(source, words("lab_robust_silent"));
    }
  }

  function settled(kpis, points, scores) {
    paintTogether(kpis, points, scores);
    if (host.ask && shown() !== asked) askForPeriods(shown());
  }

  paintPeriods(data.periods, "lab_periods_written");
  return { section, settled };
}
