// The page on which weights are moved: it draws what scores.js works out. Texts are set as text, never as HTML.

const ROW = 30; // pixels
const SPARE = 4; // rows drawn beyond the edge of the list
const MOVERS = 5;
const ANCHORS = { threshold: "lab_threshold", target: "lab_target", excellent: "lab_excellent" };
const WISHES = {
  locked: "lab_wish_locked", dominated: "lab_wish_dominated", bounded: "lab_wish_bounded", too_new: "lab_wish_too_new",
  missing: "lab_wish_missing",
};
const FORMS = [0, 1, 2].map((digits) =>
  new Intl.NumberFormat("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits })); // by decimals
const UNITS = 1e9; // of a weight in a file, which has 9 decimals
const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8c6d31", "#999999"]; // Okabe & Ito

/** An element with properties and children; `on…` properties are listeners, others attributes. */
function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Gives an element a text, if it has another one. */
function setText(shown, text) {
  if (shown.textContent !== text) shown.textContent = text;
}

/**
 * Shows the lab in an element. host: where what was changed goes, `changed(state)`, what was `tried` before, and the
 * Python that answers, `ask(question)`, where there is one.
 * Returns `follow(state)`, which shows what another view of the same lab tried, and `orphaned()`, which says that
 * nobody takes what is changed any more.
 */
function showLab(root, data, host = {}) {
  const words = (key, values = {}) =>
    data.words[key].replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
  const number = (value, digits) =>
    value === null || Number.isNaN(value)
      ? words("not_available")
      : signed(value, FORMS[digits].format(Math.abs(value)));
  const signed = (value, text) => (value < 0 && /[1-9]/.test(text) ? `−${text}` : text);
  const change = (value, digits) => (value > 0 ? "+" : "") + number(value, digits);
  const percent = (value, digits = 1) => (value === null ? words("not_available") : `${number(value * 100, digits)}%`);
  const money = (cents) => signed(cents, data.currency + FORMS[2].format(Math.abs(cents / 100)));

  const inForce = copyOfModel(data.model);
  const everybody = data.people.id.map((_, person) => person);
  const before = outcome(data, inForce, pointsByKpi(data, inForce));
  const state = { model: structuredClone(inForce), fixed: new Set(), region: "", team: "", hidden: false, pair: [] };
  const first = { label: words("lab_in_force"), model: structuredClone(inForce), fixed: [] };
  const tried = structuredClone(host.tried?.tried?.length ? host.tried.tried : [first]);
  let at = host.tried?.at ?? 0; // of the tried variants, the one that is shown
  state.model = structuredClone(tried[at].model);
  state.fixed = new Set(tried[at].fixed);
  let points = pointsByKpi(data, state.model);
  let after = before;
  let listed = [];
  let limits = ""; // the lines at which grades begin, as a background
  let asked = 0; // the frame in which weights moved since the last one are drawn

  const nameOf = (person) => (state.hidden ? data.people.pseudonym[person] : data.people.name[person]);
  const labelOf = (kpi) => data.kpis[kpi].label;
  const colourOf = (kpi) => COLOURS[kpisOf(state.model).findIndex((each) => each.kpi === kpi) % COLOURS.length];
  const most = () => Math.max(state.model.points.excellent, state.model.grades[0].at_least);

  // The parts of the page
  const weights = element("section", { class: "lab-weights", "aria-label": words("lab_weights") });
  const spacer = element("div", { class: "lab-spacer" });
  const list = element("div", { class: "lab-list", tabindex: "0", role: "table", "aria-label": words("lab_people") }, spacer);
  const scale = element("div", { class: "lab-scale", "aria-hidden": "true" });
  const filters = element("div", { class: "lab-filters" });
  const effects = element("section", { class: "lab-effects", "aria-label": words("lab_effects") });
  const steps = element("section", { class: "lab-tried", "aria-label": words("lab_tried") });
  const notice = element("p", { class: "lab-notice", role: "alert" });
  const spoken = element("p", { class: "lab-spoken", role: "status" });
  const likeness = element("p", {}); // of the order to the one in force, when a change is over
  const rows = [];
  const kit = {
    data, host, words, number, percent, money, plainTable, nameOf, labelOf, inForce, before, download,
    isListed: (person) => isListed(person), shown: () => modelText(state.model, []),
    listing: () => [state.region, state.team, state.hidden].join("\n"),
  };
  const robust = robustPart(kit);
  const evidence = evidencePart(kit);
  const judgements = judgementsPart({ ...kit, shareOf: (kpi) => state.model.shares[kpi], attempt });
  const minds = mindsPart({
    ...kit, shown: () => structuredClone(state.model), opened: readTried, publish: () => publish(),
    show: (mind) => { state.model = structuredClone(mind.model); state.fixed = new Set(); rebuild(); release(mind.name); },
  });
  root.replaceChildren(
    element("div", { class: "sp-lab", lang: data.language },
      notice,
      element("div", {}, weights, steps, robust?.section),
      element("section", { class: "lab-people", "aria-label": words("lab_people") }, filters, scale, list),
      effects, evidence.section, judgements.section, minds.section, spoken));
  list.addEventListener("scroll", () => paintRows());
  new ResizeObserver(() => {
    scale.style.paddingRight = `${list.offsetWidth - list.clientWidth}px`; // as wide as the list's scrollbar
    paintRows();
  }).observe(list);

  // Weights
  const sliders = []; // { ids, input, output }
  function buildWeights() {
    sliders.length = 0;
    const several = Object.keys(data.models).length > 0;
    const choice = element("select", { "aria-label": words("lab_start_from"), onchange: (event) => startFrom(event.target.value) },
      element("option", { value: "" }, words("lab_start_from")),
      element("option", { value: "*" }, words("lab_in_force")),
      ...Object.entries(data.models).map(([name, model]) => element("option", { value: name }, model.label)));
    weights.replaceChildren(
      element("h2", {}, words("lab_weights")),
      ...(several ? [choice] : []),
      ...state.model.perspectives.map(perspectiveGroup),
      element("details", {}, element("summary", {}, words("lab_anchors")), ...kpisOf(state.model).map(anchorInputs), limitInputs()),
      element("p", { class: "lab-message", role: "alert" }));
    paintWeights();
  }

  function perspectiveGroup(perspective) {
    const ids = perspective.kpis.map((kpi) => kpi.kpi);
    const alone = ids.length === 1;
    return element("fieldset", {},
      element("legend", {}, perspective.label),
      alone ? null : slider(words("lab_together"), ids, null),
      ...perspective.kpis.map((kpi) => slider(labelOf(kpi.kpi), [kpi.kpi], kpi)));
  }

  function slider(label, ids, kpi) {
    const output = element("output", {});
    const input = element("input", {
      type: "range", min: "0", max: "100", step: "1", "aria-label": label,
      oninput: (event) => move(ids, Number(event.target.value) / 100),
      onchange: () => release(`${label} ${percent(sumOf(ids))}`),
      onkeydown: (event) => stepBy(event, ids, label),
    });
    const lock = kpi && element("button", {
      type: "button", class: "lab-lock", "aria-pressed": "false", "aria-label": words("lab_lock", { kpi: label }), title: words("lab_lock", { kpi: label }),
      onclick: () => { toggle(state.fixed, kpi.kpi); paintWeights(); publish(); },
    });
    const bounds = kpi?.between && element("small", {}, words("lab_between", { least: percent(kpi.between[0], 0), most: percent(kpi.between[1], 0) }));
    sliders.push({ ids, input, output, lock });
    const swatch = kpi && element("span", { class: "lab-swatch", style: `background:${colourOf(kpi.kpi)}`, "aria-hidden": "true" });
    return element("div", { class: "lab-slider" }, element("label", {}, swatch, label), input, output, lock, bounds);
  }

  function stepBy(event, ids, label) {
    const way = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 }[event.key];
    if (!way) return;
    event.preventDefault();
    move(ids, sumOf(ids) + (way * (event.shiftKey ? 5 : 1)) / 100);
    release(`${label} ${percent(sumOf(ids))}`);
  }

  function anchorInputs(kpi) {
    const fields = Object.keys(ANCHORS).map((name) =>
      element("input", {
        type: "number", step: "any", value: kpi.anchors[name], "aria-label": `${labelOf(kpi.kpi)}: ${words(ANCHORS[name])}`,
        onchange: (event) => setAnchor(kpi, name, event.target),
      }));
    return element("div", { class: "lab-anchors" }, element("span", {}, labelOf(kpi.kpi)), ...fields);
  }

  function limitInputs() {
    const fields = state.model.grades.slice(0, -1).map((grade) =>
      element("label", {}, grade.grade, element("input", {
        type: "number", step: "any", value: grade.at_least, "aria-label": words("lab_limit", { grade: grade.grade }),
        onchange: (event) => setLimit(grade, event.target),
      })));
    return element("div", { class: "lab-limits" }, element("span", {}, words("lab_limits")), ...fields);
  }

  const sumOf = (ids) => ids.reduce((sum, id) => sum + state.model.shares[id], 0);

  function paintWeights() {
    for (const { ids, input, output, lock } of sliders) {
      const share = sumOf(ids);
      const held = ids.every((id) => state.fixed.has(id));
      if (document.activeElement !== input || Math.abs(Number(input.value) / 100 - share) > 0.0051) input.value = share * 100;
      input.setAttribute("aria-valuetext", percent(share));
      input.disabled = held;
      output.textContent = percent(share);
      if (lock) {
        lock.setAttribute("aria-pressed", String(state.fixed.has(ids[0])));
        lock.textContent = words(state.fixed.has(ids[0]) ? "lab_locked" : "lab_unlocked");
      }
    }
  }

  function message(text) {
    weights.querySelector(".lab-message").textContent = text;
  }

  // What can be done
  function move(ids, wished) {
    state.model.shares = movedShares(state.model, ids, wished, state.fixed);
    const missed = Math.abs(sumOf(ids) - Math.min(Math.max(wished, 0), 1)) > 0.0051;
    message(missed ? words("lab_held", { share: percent(sumOf(ids)) }) : "");
    if (!asked) asked = requestAnimationFrame(() => { asked = 0; repaint(); });
  }

  /** Tries shares, within bounds and beside what is locked. */
  function attempt(wished, label) {
    const kpis = kpisOf(state.model);
    const bounds = Object.fromEntries(kpis.map(({ kpi, between }) => [kpi, between ?? [0, 1]]));
    const free = kpis.map(({ kpi }) => kpi).filter((kpi) => !state.fixed.has(kpi));
    state.model.shares = { ...state.model.shares, ...scaledWithin(free, sumOf(free), wished, bounds) };
    const missed = free.length < kpis.length || free.some((kpi) => Math.abs(state.model.shares[kpi] - wished[kpi]) > 1e-6);
    message(missed ? words("lab_attempt_held") : "");
    release(label);
  }

  function release(label) {
    if (asked) cancelAnimationFrame(asked);
    asked = 0;
    settle();
    tried.splice(at + 1);
    tried.push({ label, model: structuredClone(state.model), fixed: [...state.fixed] });
    at = tried.length - 1;
    paintTried();
    spoken.textContent = summary();
    publish();
  }

  function goTo(place) {
    show(place);
    publish();
  }

  function show(place) {
    at = place;
    state.model = structuredClone(tried[at].model);
    state.fixed = new Set(tried[at].fixed);
    rebuild();
    paintTried();
  }

  function follow(other) {
    tried.splice(0, tried.length, ...structuredClone(other.tried));
    minds.replace(other.minds ?? []);
    show(other.at);
    message(words("lab_elsewhere"));
  }

  function startFrom(name) {
    if (!name) return;
    state.model = copyOfModel(name === "*" ? data.model : data.models[name]);
    state.fixed = new Set();
    rebuild();
    release(name === "*" ? words("lab_in_force") : data.models[name].label);
  }

  function rebuild() {
    points = pointsByKpi(data, state.model);
    buildWeights();
    settle();
    judgements.built(kpisOf(state.model).map(({ kpi }) => kpi));
  }

  function setAnchor(kpi, name, field) {
    const wished = { ...kpi.anchors, [name]: field.valueAsNumber };
    const { threshold, target, excellent } = wished;
    const rising = kpi.anchors.threshold < kpi.anchors.excellent;
    if (!(rising ? threshold < target && target < excellent : threshold > target && target > excellent)) {
      field.value = kpi.anchors[name];
      message(words("lab_anchors_wrong", { kpi: labelOf(kpi.kpi) }));
      return;
    }
    kpi.anchors = wished;
    message("");
    points = pointsByKpi(data, state.model);
    release(`${labelOf(kpi.kpi)} ${words(ANCHORS[name])} ${field.value}`);
  }

  function setLimit(grade, field) {
    const limits = state.model.grades.map((each) => (each === grade ? field.valueAsNumber : each.at_least));
    if (!limits.every((limit, place) => place === 0 || limit < limits[place - 1])) {
      field.value = grade.at_least;
      message(words("lab_limits_wrong"));
      return;
    }
    grade.at_least = field.valueAsNumber;
    message("");
    release(`${words("lab_limit", { grade: grade.grade })} ${field.value}`);
  }

  function choose(person) {
    const chosen = state.pair.includes(person) ? state.pair.filter((each) => each !== person) : [...state.pair, person].slice(-2);
    state.pair = chosen;
    paintRows();
    paintEffects();
  }

  // People
  function buildFilters() {
    const regions = [...new Set(data.people.region)];
    const inRegion = everybody.filter((person) => !state.region || data.people.region[person] === state.region);
    const teams = [...new Set(inRegion.map((person) => data.people.team[person]).filter((team) => team))].sort();
    const options = (values, all, chosen) => [
      element("option", { value: "" }, all),
      ...values.map((value) => element("option", { value, selected: value === chosen }, value)),
    ];
    filters.replaceChildren(
      element("h2", {}, words("lab_people")),
      element("select", { "aria-label": words("lab_region"), onchange: (event) => { state.region = event.target.value; state.team = ""; buildFilters(); repaint(); } },
        ...options(regions, words("lab_all_regions"), state.region)),
      element("select", { "aria-label": words("team"), onchange: (event) => { state.team = event.target.value; repaint(); } },
        ...options(teams, words("lab_all_teams"), state.team)),
      ...(data.pseudonyms_only ? [] : [element("label", {}, element("input", { type: "checkbox", onchange: (event) => { state.hidden = event.target.checked; repaint(); } }), words("lab_hide_names"))]));
  }

  const isListed = (person) =>
    (!state.region || data.people.region[person] === state.region) && (!state.team || data.people.team[person] === state.team);

  function newRow() {
    const cell = (kind) => element("span", { role: "cell", class: kind });
    const row = { rank: cell("lab-rank"), moved: cell("lab-moved"), who: cell("lab-who"), bar: cell("lab-bar"), score: cell("lab-score"), grade: cell("lab-grade") };
    row.name = element("button", { type: "button", onclick: () => choose(row.person) });
    row.who.append(row.name);
    row.line = element("div", { class: "lab-row", role: "row", onpointerdown: (event) => startDrag(event, row) },
      row.rank, row.moved, row.who, row.bar, row.score, row.grade);
    spacer.append(row.line);
    return row;
  }

  function paintRows() {
    const first = Math.max(0, Math.floor(list.scrollTop / ROW) - SPARE);
    const count = Math.min(listed.length - first, Math.ceil(list.clientHeight / ROW) + 2 * SPARE);
    spacer.style.height = `${listed.length * ROW}px`;
    list.setAttribute("aria-rowcount", String(listed.length));
    while (rows.length < count) rows.push(newRow());
    rows.forEach((row, place) => {
      row.line.hidden = place >= count;
      if (place < count) paintRow(row, listed[first + place], first + place);
    });
  }

  /** Writes what changed of a row: what stays the same costs the browser no layout. */
  function paintRow(row, person, place) {
    if (row.place !== place) {
      row.line.style.transform = `translateY(${place * ROW}px)`;
      row.line.setAttribute("aria-rowindex", String(place + 1));
    }
    const name = nameOf(person);
    if (row.person !== person || row.name.textContent !== name) {
      row.name.textContent = name;
      row.name.title = [name, data.people.team[person], data.people.region[person]].filter((text) => text).join(" · ");
    }
    Object.assign(row, { person, place });
    const chosen = state.pair.includes(person);
    row.line.classList.toggle("lab-chosen", chosen);
    row.name.setAttribute("aria-pressed", String(chosen));
    const [rank, rankBefore] = [after.ranks[person], before.ranks[person]];
    const up = rank && rankBefore ? rankBefore - rank : 0;
    setText(row.rank, rank ? String(rank) : "–");
    setText(row.moved, up ? `${up > 0 ? "▲" : "▼"}${Math.abs(up)}` : "");
    row.moved.classList.toggle("lab-up", up > 0);
    row.moved.classList.toggle("lab-down", up < 0);
    setText(row.score, number(after.shown[person] === -Infinity ? NaN : after.shown[person], 1));
    setText(row.grade, gradeText(person));
    row.grade.classList.toggle("lab-regraded", before.grades[person] !== after.grades[person]);
    paintBar(row.bar, person);
  }

  const limitLine = (at) => `linear-gradient(90deg, transparent calc(${at}% - 1px), #3d48528c calc(${at}% - 1px) ${at}%, transparent ${at}%)`;

  const gradeAt = (model, place) => (place < 0 ? "" : model.grades[place].grade);

  function gradeText(person) {
    const [old, now] = [gradeAt(inForce, before.grades[person]), gradeAt(state.model, after.grades[person])];
    return old === now ? now || (data.people.too_new[person] ? words("lab_too_new") : "") : `${old || "–"} → ${now || "–"}`;
  }

  /** One background for all parts of a bar: elements of their own would have to be laid out with every move. */
  function paintBar(bar, person) {
    const kpis = kpisOf(state.model);
    const available = kpis.map((kpi) => !Number.isNaN(points[kpi.kpi][person]));
    const shares = effectiveWeights(state.model, available, outerWeights(state.model, false));
    const whole = most();
    let end = 0; // of the parts so far, in percent of the bar
    const parts = kpis.map((kpi, place) => {
      const start = end;
      end += available[place] ? (shares[place] * points[kpi.kpi][person] * 100) / whole : 0;
      return end > start ? `${COLOURS[place % COLOURS.length]} ${start}% calc(${end}% - 1px),#fff 0 ${end}%,` : "";
    });
    bar.style.backgroundImage = `${limits ? `${limits},` : ""}linear-gradient(90deg,${parts.join("")}transparent 0)`;
  }

  function startDrag(event, row) {
    const dragged = row.person;
    const end = (up) => {
      window.removeEventListener("pointerup", end);
      const onto = rows.find((each) => !each.line.hidden && each.line.contains(document.elementFromPoint(up.clientX, up.clientY)));
      if (!onto || onto.person === dragged) return;
      state.pair = [dragged, onto.person];
      paintRows();
      paintEffects();
    };
    window.addEventListener("pointerup", end);
    if (event.target === row.name) return; // a click on the name chooses
    event.preventDefault();
  }

  // What it does
  /** Paints what a change did, and what is worked out only when it is over. */
  function settle() {
    repaint();
    setText(likeness, words("lab_likeness", { tau: number(tauOfOutcomes(before, after), 2) }));
    evidence.settled(kpisOf(state.model).map(({ kpi }) => kpi), points, after.scores);
  }

  function repaint() {
    robust?.moved();
    minds.moved();
    after = outcome(data, state.model, points);
    listed = after.order.filter(isListed);
    limits = state.model.grades.slice(0, -1).map((grade) => limitLine((grade.at_least * 100) / most())).join(",");
    scale.replaceChildren(element("div", {}, ...state.model.grades.map((grade) =>
      element("span", { style: `left:${(grade.at_least * 100) / most()}%` }, grade.grade))));
    paintWeights();
    paintRows();
    paintEffects();
  }

  function summary() {
    const told = changes(data, state.model, before, after, everybody);
    return words("lab_regraded", { n: told.regraded, of: told.graded, up: told.raised, down: told.lowered });
  }

  function paintEffects() {
    const told = changes(data, state.model, before, after, everybody);
    const line = (label, text) => [element("dt", {}, label), element("dd", {}, text)];
    const cost = told.cost
      ? [...line(words("lab_cost"), costText(told.cost)),
         ...line(words("lab_gain_lose"), `${told.gainers} / ${told.losers}`)]
      : line(words("lab_cost"), words("lab_no_pay"));
    const parts = [
      element("h2", {}, words("lab_effects")),
      element("dl", {},
        ...line(words("lab_changed"), words("lab_regraded", { n: told.regraded, of: told.graded, up: told.raised, down: told.lowered })),
        ...(told.lost ? line(words("lab_lost"), number(told.lost, 0)) : []),
        ...line(words("lab_unsure"), words("lab_n_of", { n: told.unsure, of: told.regraded })),
        ...cost),
      likeness,
      data.is_over ? gradeTable(told) : element("p", {}, words("lab_not_over")),
      weightTable(), moverList(), pairPart(),
      element("p", { class: "lab-note" }, words("lab_note")),
    ];
    effects.replaceChildren(...parts.filter((part) => part));
  }

  function costText(cost) {
    const difference = cost.after - cost.before;
    const by = difference ? (difference > 0 ? "+" : "") + money(difference) : words("lab_unchanged");
    return words("lab_with_change", { amount: money(cost.after), change: by });
  }

  function plainTable(caption, heads, body) {
    return element("table", {}, element("caption", {}, caption),
      element("thead", {}, element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head)))),
      element("tbody", {}, ...body.map(([head, ...cells]) =>
        element("tr", {}, element("th", { scope: "row" }, head), ...cells.map((cell) => element("td", {}, cell))))));
  }

  function gradeTable(told) {
    const heads = [words("grade"), words("lab_in_force"), words("lab_now"), words("lab_change")];
    return plainTable(words("lab_grades"), heads, state.model.grades.map((grade, place) => {
      const [old, now] = told.counts[place];
      return [grade.grade, number(old, 0), number(now, 0), now === old ? "" : change(now - old, 0)];
    }));
  }

  function weightTable() {
    const decided = decidedShares(state.model, points, after.scores);
    return plainTable(words("lab_decides_title"), [words("lab_kpi"), words("lab_counts"), words("lab_decides")],
      kpisOf(state.model).map(({ kpi }) => [labelOf(kpi), percent(state.model.shares[kpi], 0), percent(decided[kpi], 0)]));
  }

  function moverList() {
    const far = (person) => (before.ranks[person] && after.ranks[person] ? Math.abs(before.ranks[person] - after.ranks[person]) : 0);
    const top = [];
    for (const person of everybody) {
      if (!far(person) || !isListed(person) || (top.length === MOVERS && far(person) <= far(top.at(-1)))) continue;
      const place = top.findIndex((other) => far(other) < far(person));
      top.splice(place < 0 ? top.length : place, 0, person);
      top.length = Math.min(top.length, MOVERS);
    }
    if (!top.length) return null;
    return plainTable(words("lab_movers"), [words("rep"), words("lab_rank"), words("grade")],
      top.map((person) => [nameOf(person), `${before.ranks[person]} → ${after.ranks[person]}`, gradeText(person)]));
  }

  function pairPart() {
    if (state.pair.length < 2) return element("p", { class: "lab-hint" }, words("lab_pair_hint"));
    const [a, b] = state.pair;
    const names = { a: nameOf(a), b: nameOf(b) };
    const kpis = kpisOf(state.model).map((kpi) => kpi.kpi);
    const table = plainTable(words("lab_pair"), [words("lab_kpi"), names.a, names.b],
      kpis.map((kpi) => [labelOf(kpi), number(points[kpi][a], 1), number(points[kpi][b], 1)]));
    return element("div", { class: "lab-pair" }, table, ...wishPart(a, b, names, kpis),
      element("button", { type: "button", onclick: () => { state.pair = [b, a]; paintEffects(); } }, words("lab_turn")));
  }

  function wishPart(a, b, names, kpis) {
    if (after.shown[a] > after.shown[b] && !data.people.too_new[a]) return [element("p", {}, words("lab_wish_is", names))];
    const { answer, shares, best } = wish(data, state.model, points, a, b, state.fixed);
    if (answer !== "possible") return [element("p", {}, words(WISHES[answer], { ...names, best: best === undefined ? "" : change(best, 2) }))];
    const moved = kpis.filter((kpi) => Math.abs(shares[kpi] - state.model.shares[kpi]) > 1e-9);
    return [
      element("p", {}, words("lab_wish", names)),
      element("ul", {}, ...moved.map((kpi) => element("li", {}, `${labelOf(kpi)}: ${percent(state.model.shares[kpi])} → ${percent(shares[kpi])}`))),
      element("button", { type: "button", onclick: () => { state.model.shares = shares; release(words("lab_wished", names)); } }, words("lab_try")),
    ];
  }

  function paintTried() {
    const variants = tried.map((variant, place) =>
      element("li", {}, element("button", { type: "button", "aria-current": place === at ? "step" : null, onclick: () => goTo(place) }, variant.label)));
    steps.replaceChildren(
      element("h2", {}, words("lab_tried")),
      element("ol", {}, ...variants),
      element("button", { type: "button", disabled: at === 0, onclick: () => goTo(at - 1) }, words("lab_undo")),
      element("button", { type: "button", onclick: saveModel }, words("lab_save")),
      element("button", { type: "button", onclick: saveTried }, words("lab_export")),
      element("label", { class: "lab-file" }, words("lab_open"), element("input", { type: "file", accept: ".json", onchange: openTried })));
  }

  // What is taken home
  function download(name, text) {
    const link = element("a", { href: URL.createObjectURL(new Blob([text], { type: "text/plain" })), download: name });
    link.click();
    URL.revokeObjectURL(link.href);
  }

  function saveModel() {
    const steps = tried.slice(1, at + 1).map((variant) => variant.label);
    download("model.yml", modelText(state.model, [words("lab_file_head", { client: data.client, period: data.period }), ...steps]));
  }

  function saveTried() {
    const content = { salesperf: "tried weights", inputs: data.inputs, tried, at, minds: minds.list() };
    download("tried.json", JSON.stringify(content, null, 1));
  }

  /** What a file of `saveTried` holds; throws where it is none, or of other KPIs. */
  function readTried(text) {
    const { salesperf, inputs, tried: variants, at: place, minds: others = [] } = JSON.parse(text);
    const known = ({ model }) => kpisOf(model).every(({ kpi }) => kpi in data.judged && model.shares[kpi] >= 0)
      && Math.abs(kpisOf(model).reduce((sum, { kpi }) => sum + model.shares[kpi], 0) - 1) < 1e-6;
    if (salesperf !== "tried weights" || !variants.length || ![...variants, ...others].every(known)) throw new TypeError();
    return { inputs, tried: variants, at: Math.min(Math.max(0, Math.trunc(place) || 0), variants.length - 1), minds: others };
  }

  async function openTried(event) {
    const [file] = event.target.files;
    try {
      const opened = readTried(await file.text());
      tried.splice(0, tried.length, ...opened.tried);
      minds.replace(opened.minds);
      goTo(opened.at);
      if (opened.inputs !== data.inputs) message(words("lab_other_inputs"));
    } catch {
      message(words("lab_open_wrong"));
    }
  }

  function publish() {
    host.changed?.({ tried, at, minds: minds.list(), model: modelText(state.model, []) });
  }

  function toggle(set, value) {
    if (!set.delete(value)) set.add(value);
  }

  buildFilters();
  paintTried();
  rebuild();
  minds.replace(host.tried?.minds ?? []);
  publish();
  return { follow, orphaned: () => setText(notice, words("lab_orphaned")) };
}

/** A model as the text of a model file (docs/models.md). remarks: lines of comment at its head. */
function modelText(model, remarks) {
  const quoted = (text) => JSON.stringify(text);
  const parts = (shares) => apportioned(UNITS, shares); // that add up to one as written
  const kpis = kpisOf(model);
  const units = Object.fromEntries(parts(kpis.map(({ kpi }) => model.shares[kpi])).map((unit, place) => [kpis[place].kpi, unit]));
  const lines = remarks.map((remark) => `# ${remark.replace(/[\r\n]+/g, " ")}`);
  lines.push("perspectives:");
  for (const perspective of model.perspectives) {
    const kept = perspective.kpis.filter((kpi) => units[kpi.kpi] > 0);
    if (!kept.length) continue;
    const inner = parts(kept.map((kpi) => units[kpi.kpi]));
    const whole = kept.reduce((sum, kpi) => sum + units[kpi.kpi], 0);
    lines.push(`  - name: ${quoted(perspective.name)}`, `    weight: ${whole / UNITS}`);
    if (perspective.pay_weight !== null) lines.push(`    pay_weight: ${perspective.pay_weight}`);
    if (perspective.apart) lines.push("    apart: true");
    lines.push("    kpis:");
    for (const [place, kpi] of kept.entries()) {
      const { threshold, target, excellent } = kpi.anchors;
      const parts = [
        `kpi: ${quoted(kpi.kpi)}`,
        `weight: ${inner[place] / UNITS}`,
        `anchors: {threshold: ${threshold}, target: ${target}, excellent: ${excellent}}`,
      ];
      if (kpi.least_cases !== 10) parts.push(`least_cases: ${kpi.least_cases}`);
      if (kpi.between) parts.push(`between: [${kpi.between.join(", ")}]`);
      lines.push(`      - {${parts.join(", ")}}`);
    }
  }
  const { threshold, target, excellent } = model.points;
  lines.push(`points: {threshold: ${threshold}, target: ${target}, excellent: ${excellent}}`, "grades:");
  for (const grade of model.grades) {
    lines.push(`  - {grade: ${quoted(grade.grade)}, at_least: ${grade.at_least}, coefficient: ${grade.coefficient}}`);
  }
  const forced = Object.entries(model.forced);
  if (forced.length) lines.push(`forced: {${forced.map(([grade, share]) => `${quoted(grade)}: ${share}`).join(", ")}}`);
  lines.push(`measured_at_least: ${model.measured_at_least}`, `without_cases: ${model.without_cases}`);
  return `${lines.join("\n")}\n`;
}
