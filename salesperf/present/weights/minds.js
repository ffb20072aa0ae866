// The part of the lab on several minds: models of several people side by side, where they agree on the people, and who
// is hurt by whose wish, as salesperf/people/weights/minds.py tells.

const MOST_MINDS = 8;
const DISAGREEMENTS = 12; // people who are listed

/**
 * The part as { section, list(), replace(list), moved() }; a list has { name, model } of each mind.
 * before: the outcome of the model in force; shown(): a copy of the model shown; listing(): what tells which people are
 * listed by which names; show(mind): shows its model in the lab; opened(text): the variants and minds of a saved file;
 * publish(): to be called after a change.
 */
function mindsPart(lab) {
  const { data, words, number, money, plainTable, nameOf, isListed, before, shown, listing, show, opened, publish } = lab;
  let minds = []; // { name, model, outcome }
  let painted = null; // the listing that is painted
  const tau = (value) => number(value, 2);
  const byName = (a, b) => (data.people.name[a] < data.people.name[b] ? -1 : 1);
  const everybody = data.people.id.map((_, person) => person);

  const name = element("input", { type: "text", maxlength: "40", "aria-label": words("lab_minds_name"), placeholder: words("lab_minds_name") });
  const adding = element("form", { onsubmit: addShown }, name, element("button", {}, words("lab_minds_add")));
  const preset = element("select", { "aria-label": words("lab_minds_preset"), onchange: addPreset },
    element("option", { value: "" }, words("lab_minds_preset")),
    element("option", { value: "*" }, words("lab_in_force")),
    ...Object.entries(data.models).map(([key, model]) => element("option", { value: key }, model.label)));
  const files = element("label", { class: "lab-file" }, words("lab_minds_open"),
    element("input", { type: "file", accept: ".json", multiple: true, onchange: openFiles }));
  const chosen = element("ul", {});
  const message = element("p", { class: "lab-message", role: "alert" });
  const body = element("div", { class: "lab-scrolled" });
  const section = element("section", { class: "lab-wide lab-minds", "aria-label": words("lab_minds") },
    element("h2", {}, words("lab_minds")), element("p", { class: "lab-hint" }, words("lab_minds_hint")),
    element("div", { class: "lab-choices" }, adding, preset, files), message, chosen, body);

  const withOutcome = ({ name: called, model }) => ({ name: called, model, outcome: outcome(data, model, pointsByKpi(data, model)) });

  /** Adds a mind, or puts it in the place of the one of the same name; says so where there are too many. */
  function add(called, model) {
    const place = minds.findIndex((mind) => mind.name === called);
    if (place < 0 && minds.length === MOST_MINDS) {
      message.textContent = words("lab_minds_most", { n: MOST_MINDS });
      return;
    }
    minds.splice(place < 0 ? minds.length : place, place < 0 ? 0 : 1, withOutcome({ name: called, model }));
    paint();
  }

  function addShown(event) {
    event.preventDefault();
    message.textContent = name.value.trim() ? "" : words("lab_minds_unnamed");
    if (!name.value.trim()) return;
    add(name.value.trim(), shown());
    name.value = "";
    publish();
  }

  function addPreset() {
    message.textContent = "";
    const [key, label] = [preset.value, preset.selectedOptions[0].textContent];
    if (key) add(label, copyOfModel(key === "*" ? data.model : data.models[key]));
    preset.value = "";
    publish();
  }

  /** Of each file its minds, or, where it has none, the variant that was shown, by the name of the file. */
  async function openFiles(event) {
    const refused = [];
    let elsewhere = false; // whether some were tried on another export
    message.textContent = "";
    for (const file of [...event.target.files]) {
      try {
        const { inputs, tried, at, minds: others } = opened(await file.text());
        elsewhere ||= inputs !== data.inputs;
        const own = [{ name: file.name.replace(/\.json$/i, ""), model: tried[at].model }];
        for (const mind of others.length ? others : own) add(mind.name, mind.model);
      } catch {
        refused.push(file.name);
      }
    }
    if (elsewhere) message.textContent = words("lab_other_inputs");
    if (refused.length) message.textContent = words("lab_minds_refused", { files: refused.join(", ") });
    event.target.value = "";
    publish();
  }

  function remove(mind) {
    minds = minds.filter((each) => each !== mind);
    paint();
    publish();
  }

  /** The people who have a rank under all minds, and their ranks among each other by each. */
  function ranked() {
    const people = everybody.filter((person) => minds.every((mind) => mind.outcome.ranks[person] > 0));
    return [people, minds.map((mind) => bestRanks(people.map((person) => mind.outcome.shown[person])))];
  }

  function effectsTable() {
    const rows = minds.map((mind) => {
      const told = changes(data, mind.model, before, mind.outcome, everybody);
      const { ranks } = mind.outcome;
      const fall = (person) => (before.ranks[person] && ranks[person] ? ranks[person] - before.ranks[person] : 0);
      const falls = everybody.filter((person) => fall(person) > 0).sort((a, b) => fall(b) - fall(a) || byName(a, b));
      const [most] = falls;
      return [mind.name, tau(tauOfOutcomes(before, mind.outcome)), number(told.raised, 0), number(told.lowered, 0),
        told.cost ? money(told.cost.after - told.cost.before) : words("not_available"), number(falls.length, 0),
        most === undefined ? "" : `${nameOf(most)} ${before.ranks[most]} → ${ranks[most]}`];
    });
    const heads = ["minds_who", "robust_tau", "robust_up", "robust_down", "minds_payouts", "lab_minds_fall", "minds_hurt"];
    return plainTable(words("lab_minds_effects"), heads.map((word) => words(word)), rows);
  }

  function agreement(people) {
    const scores = minds.map((mind) => people.map((person) => mind.outcome.shown[person]));
    const rows = minds.map((mind, place) => [`${place + 1} ${mind.name}`,
      ...scores.map((other, at) => (at < place ? tau(kendallTau(scores[place], other)) : ""))]);
    return [
      element("p", {}, words("lab_minds_agreement", { n: minds.length, people: people.length, w: tau(concordance(scores)) })),
      plainTable(words("minds_tau"), [words("minds_who"), ...minds.map((_, place) => String(place + 1))], rows),
    ];
  }

  function disagreements(people, ranks) {
    const spreads = people.map((_, at) => Math.max(...ranks.map((of) => of[at])) - Math.min(...ranks.map((of) => of[at])));
    const order = [...people.keys()].filter((at) => spreads[at] > 0 && isListed(people[at]))
      .sort((a, b) => spreads[b] - spreads[a] || byName(people[a], people[b]));
    if (!order.length) return null;
    const gradeOf = (mind, person) => mind.model.grades[mind.outcome.grades[person]]?.grade ?? "–";
    return plainTable(words("lab_minds_disagree"), [words("rep"), words("team"), ...minds.map((mind) => mind.name)],
      order.slice(0, DISAGREEMENTS).map((at) => [nameOf(people[at]), data.people.team[people[at]],
        ...minds.map((mind, place) => `${ranks[place][at]} (${gradeOf(mind, people[at])})`)]));
  }

  function paint() {
    painted = listing();
    chosen.replaceChildren(...minds.map((mind) => element("li", {}, element("span", {}, mind.name),
      element("button", { type: "button", onclick: () => show(mind) }, words("lab_minds_show")),
      element("button", { type: "button", "aria-label": words("lab_minds_remove_one", { name: mind.name }), onclick: () => remove(mind) }, words("lab_minds_remove")))));
    if (minds.length < 2) {
      body.replaceChildren();
      return;
    }
    const [people, ranks] = ranked();
    const several = people.length > 1 ? agreement(people) : [element("p", {}, words("lab_minds_alone"))];
    body.replaceChildren(...[effectsTable(), ...several, disagreements(people, ranks)].filter((part) => part));
  }

  function replace(list) {
    minds = list.slice(0, MOST_MINDS).map(withOutcome);
    paint();
  }

  /** To be called after any change; paints only what is affected, as it is called while a weight is dragged. */
  function moved() {
    if (listing() !== painted) paint();
  }

  paint();
  return { section, replace, moved, list: () => minds.map(({ name: called, model }) => ({ name: called, model })) };
}
