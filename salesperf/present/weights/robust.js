// The part of the lab on how robust the order is. It shows what Python worked out (salesperf/people/weights/robustness.py):
// for the model in force when the page was made, or, where a kernel answers, for the weights shown.

const KEPT = 0.9; // share of weights from which a grade is kept for sure
const LEAST_SURE = 8; // people who are listed
const ALLOWED = { ordered: "lab_robust_ordered", near: "lab_robust_near", any: "lab_robust_any" };

/**
 * The part as { section, moved() }; null where nothing was worked out.
 * shown(): the text of the model shown; listing(): what tells which people are listed by which names.
 */
function robustPart({ data, host, words, percent, plainTable, nameOf, isListed, listing, shown }) {
  if (!data.robust && !host.ask) return null;
  const section = element("section", { class: "lab-robust", "aria-label": words("lab_robust") });
  const choice = element("select", { "aria-label": words("lab_robust_which"), onchange: () => { told = null; said = ""; paint(); } },
    ...Object.entries(ALLOWED).map(([allowed, word]) => element("option", { value: allowed }, words(word))));
  const button = host.ask && element("button", { type: "button", onclick: ask }, words("lab_robust_ask"));
  const body = element("div", {});
  const message = element("p", { class: "lab-message", role: "alert" });
  section.replaceChildren(...[element("h2", {}, words("lab_robust")), choice, button, message, body].filter((part) => part));
  let told = null; // the kernel's answer, in place of what the page was written with
  let said = "";
  let stale = false; // whether weights may have moved since the answer
  let painted = null; // the listing that is painted

  async function ask() {
    const [allowed, model] = [choice.value, shown()];
    button.disabled = true;
    said = words("lab_robust_waiting");
    paint();
    try {
      const answer = await answerOf(host, { about: "robustness", allowed, model });
      if (answer.error) said = words("lab_robust_failed");
      else if (choice.value === allowed) {
        told = { ...answer.robust, model };
        stale = shown() !== model;
        said = "";
      }
    } catch {
      said = words("lab_robust_silent");
    }
    button.disabled = false;
    paint();
  }

  function paint() {
    message.textContent = said;
    const known = told ?? data.robust?.[choice.value];
    if (known) paintKnown(known);
    else body.replaceChildren();
  }

  function paintKnown({ kept, low, high }) {
    const graded = kept.flatMap((share, person) => (share === null ? [] : [person]));
    const sure = graded.filter((person) => kept[person] >= KEPT).length;
    const least = graded.filter((person) => kept[person] < 1 && isListed(person))
      .sort((a, b) => kept[a] - kept[b] || a - b).slice(0, LEAST_SURE);
    const source = !told ? "lab_robust_written" : stale ? "lab_robust_before" : "lab_robust_asked";
    body.replaceChildren(...[
      graded.length ? element("p", {}, words("lab_robust_kept", { n: sure, people: graded.length, share: percent(KEPT, 0) })) : null,
      least.length
        ? plainTable(words("lab_robust_least"), [words("rep"), words("lab_robust_stays"), words("lab_robust_ranks")],
            least.map((person) => [nameOf(person), percent(kept[person], 0), low[person] === high[person] ? `${low[person]}` : `${low[person]}–${high[person]}`]))
        : null,
      element("p", { class: "lab-note" }, words(source)),
    ].filter((part) => part));
  }

  /** To be called after any change; paints only what is affected, as it is called while a weight is dragged. */
  function moved() {
    const [old, listed] = [painted, listing()];
    const differs = told !== null && shown() !== told.model;
    if (listed === old && differs === stale) return;
    [painted, stale] = [listed, differs];
    paint();
  }

  return { section, moved };
}
