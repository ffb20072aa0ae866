// Scores, grades, ranks and payouts of a few thousand people under weights that move, as salesperf/scoring and
// salesperf/people/weights work them out; docs/methods.md §3 and §5 define them. Plain functions, no page.
//
// data: what `lab_data` writes. A model here is that of the data with `shares` (KPI id → share of the score) beside.

const ABOVE = 0.1; // points by which one score is above another: the last digit that is printed

/** The model of the data with the shares of the score that its weights give, to be changed freely. */
function copyOfModel(model) {
  const copy = structuredClone(model);
  copy.shares = {};
  for (const perspective of copy.perspectives) {
    for (const kpi of perspective.kpis) copy.shares[kpi.kpi] = perspective.weight * kpi.weight;
  }
  return copy;
}

function kpisOf(model) {
  return model.perspectives.flatMap((perspective) => perspective.kpis);
}

/** Rounds to the nearest, a half to the even number, as NumPy does. */
function rint(value) {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** A value with one decimal, a half upwards, also where its binary form lies just below the half. */
function halfUp(value) {
  return Math.floor(rint(value * 10 * 1e6) / 1e6 + 0.5) / 10;
}

/** The points of a value on its anchors; NaN stays NaN. */
function pointsOf(value, anchors, scale) {
  const falling = anchors.threshold > anchors.excellent;
  const sign = falling ? -1 : 1;
  const [low, middle, high] = [anchors.threshold * sign, anchors.target * sign, anchors.excellent * sign];
  const x = value * sign;
  const [atLow, atMiddle, atHigh] = [scale.threshold, scale.target, scale.excellent];
  if (x < low) return Math.max(atLow + ((x - low) * (atMiddle - atLow)) / (middle - low), 0);
  if (x < middle) return atLow + ((atMiddle - atLow) / (middle - low)) * (x - low);
  if (x < high) return atMiddle + ((atHigh - atMiddle) / (high - middle)) * (x - middle);
  return Number.isNaN(x) ? NaN : atHigh;
}

/** KPI id → Float64Array of the points of all people; depends on anchors, not on weights. */
function pointsByKpi(data, model) {
  return Object.fromEntries(
    kpisOf(model).map((kpi) => [
      kpi.kpi,
      Float64Array.from(data.judged[kpi.kpi], (value) =>
        value === null ? NaN : pointsOf(value, kpi.anchors, model.points),
      ),
    ]),
  );
}

/**
 * The weights where some KPIs are available: what is missing gives its weight to its perspective, then to the others.
 * available: of each KPI in order; outer: the weight of each perspective.
 */
function effectiveWeights(model, available, outer) {
  let place = 0;
  const kept = model.perspectives.map((perspective) =>
    perspective.kpis.map((kpi) => (available[place++] ? model.shares[kpi.kpi] : 0)),
  );
  const sums = kept.map((parts) => parts.reduce((sum, part) => sum + part, 0));
  const whole = sums.reduce((sum, part, index) => sum + (part > 0 ? outer[index] : 0), 0);
  return kept.flatMap((parts, index) =>
    parts.map((part) => (sums[index] > 0 && whole > 0 ? ((part / sums[index]) * outer[index]) / whole : 0)),
  );
}

/** The weight of each perspective in the score, or in pay. */
function outerWeights(model, pay) {
  return model.perspectives.map((perspective) => {
    const share = perspective.kpis.reduce((sum, kpi) => sum + model.shares[kpi.kpi], 0);
    return pay && perspective.pay_weight !== null ? perspective.pay_weight : share;
  });
}

/** Scores of all people (Float64Array, NaN without one) by the weights of the score or of pay. */
function weightedScores(data, model, points, { pay = false } = {}) {
  const kpis = kpisOf(model).map((kpi) => kpi.kpi);
  const columns = kpis.map((kpi) => points[kpi]);
  const known = kpis.map((kpi) => data.known[kpi]);
  const outer = outerWeights(model, pay);
  const sums = outerWeights(model, false);
  const inner = model.perspectives.flatMap((perspective, index) =>
    perspective.kpis.map((kpi) => (sums[index] > 0 ? (model.shares[kpi.kpi] / sums[index]) * outer[index] : 0)),
  );
  const whole = inner.reduce((sum, part) => sum + part, 0);
  const scores = new Float64Array(data.people.id.length);
  const weightsOf = new Map(); // availability as a bit pattern → weights
  for (let person = 0; person < scores.length; person++) {
    let pattern = 0;
    let measured = 0;
    for (let place = 0; place < columns.length; place++) {
      if (!Number.isNaN(columns[place][person])) pattern += 2 ** place;
      if (known[place][person]) measured += inner[place];
    }
    let weights = weightsOf.get(pattern);
    if (!weights) {
      const available = columns.map((_, place) => Math.floor(pattern / 2 ** place) % 2 === 1);
      weights = effectiveWeights(model, available, outer);
      weightsOf.set(pattern, weights);
    }
    let score = 0;
    for (let place = 0; place < columns.length; place++) {
      if (weights[place] > 0) score += columns[place][person] * weights[place];
    }
    const enough = measured > 0 && measured / whole >= model.measured_at_least - 5e-7;
    scores[person] = enough ? score : NaN;
  }
  return scores;
}

/** The place of each score's grade in the model's grades, 0 for the best; −1 without a score. */
function gradePlaces(model, scores) {
  return Int32Array.from(scores, (score) =>
    Number.isNaN(score) ? -1 : model.grades.findIndex((grade) => halfUp(score) >= grade.at_least),
  );
}

/** Whole seats in proportion to shares, by largest remainder, ties to the first. */
function apportioned(units, shares) {
  const largest = Math.max(...shares);
  const exact = shares.map((share) => BigInt(Math.trunc((share / largest) * 2 ** 52)));
  const total = exact.reduce((sum, part) => sum + part, 0n);
  const parts = exact.map((weight) => Number((BigInt(units) * weight) / total));
  const remainders = exact.map((weight) => (BigInt(units) * weight) % total);
  const left = units - parts.reduce((sum, part) => sum + part, 0);
  const order = parts.map((_, place) => place);
  order.sort((a, b) => (remainders[a] < remainders[b] ? 1 : remainders[a] > remainders[b] ? -1 : a - b));
  for (const place of order.slice(0, left)) parts[place] += 1;
  return parts;
}

/** The places of forced grades: the model's shares of those with a score, equal scores alike; −1 without a score. */
function forcedPlaces(model, scores) {
  const shown = Array.from(scores, (score) => (Number.isNaN(score) ? NaN : halfUp(score)));
  const ranked = shown.filter((score) => !Number.isNaN(score)).sort((a, b) => b - a);
  const seats = apportioned(ranked.length, model.grades.map((grade) => model.forced[grade.grade]));
  let filled = 0;
  const ends = seats.map((seat) => (filled += seat));
  const better = new Map();
  ranked.forEach((score, place) => better.has(score) || better.set(score, place));
  return Int32Array.from(shown, (score) =>
    Number.isNaN(score) ? -1 : ends.findIndex((end) => better.get(score) < end),
  );
}

/**
 * What a model gives: per person score, grade (place), payout in cents (null: not available) and rank among those who
 * are not too new (0: none); and the people in the order of the list.
 */
function outcome(data, model, points) {
  const { too_new: tooNew, id } = data.people;
  const judged = (values) => values.map((value, person) => (tooNew[person] ? NaN : value));
  const scores = weightedScores(data, model, points);
  const paysOtherwise = model.perspectives.some((perspective) => perspective.pay_weight !== null);
  const pay = judged(paysOtherwise ? weightedScores(data, model, points, { pay: true }) : scores);
  const forced = Object.keys(model.forced).length > 0;
  const none = new Int32Array(id.length).fill(-1);
  const grades = data.is_over ? (forced ? forcedPlaces(model, pay) : gradePlaces(model, pay)) : none;
  const shown = Float64Array.from(scores, (score) => (Number.isNaN(score) ? -Infinity : halfUp(score)));
  const order = Array.from(id, (_, person) => person);
  order.sort((a, b) => tooNew[a] - tooNew[b] || shown[b] - shown[a] || a - b);
  const ranks = new Int32Array(id.length);
  order.forEach((person, place) => {
    if (tooNew[person] || shown[person] === -Infinity) return;
    const before = order[place - 1];
    ranks[person] = place > 0 && shown[before] === shown[person] ? ranks[before] : place + 1;
  });
  const payouts = Array.from(grades, (place, person) => payoutFor(data, person, model.grades[place]?.grade ?? ""));
  return { scores, shown, grades, ranks, order, payouts };
}

function payoutFor(data, person, grade) {
  return data.payouts === null ? null : (data.payouts[grade]?.[person] ?? null);
}

/** What changes from one outcome to another, over all people or those of `among` (a list of persons). */
function changes(data, model, before, after, among) {
  const result = { raised: 0, lowered: 0, lost: 0, regraded: 0, unsure: 0, gainers: 0, losers: 0, graded: 0 };
  const cost = { before: 0, after: 0, people: 0 };
  const counts = model.grades.map(() => [0, 0]);
  for (const person of among) {
    const [old, now] = [before.grades[person], after.grades[person]];
    if (old >= 0) counts[old][0] += 1;
    if (now >= 0) counts[now][1] += 1;
    if (old >= 0) result.graded += 1;
    if (old !== now) {
      result.regraded += 1;
      if (old >= 0 && now >= 0) result[now < old ? "raised" : "lowered"] += 1;
      if (now < 0) result.lost += 1;
      const sure = data.sure[person];
      if (sure !== null && Math.abs(after.scores[person] - before.scores[person]) < sure) result.unsure += 1;
    }
    const [paid, would] = [before.payouts[person], after.payouts[person]];
    if (paid !== null && would !== null) {
      cost.before += paid;
      cost.after += would;
      cost.people += 1;
      if (would > paid) result.gainers += 1;
      if (would < paid) result.losers += 1;
    }
  }
  return { ...result, cost: cost.people ? cost : null, counts };
}

/** KPI id → the share of the variance of scores that it decides; null where scores do not vary. Shares sum to 1. */
function decidedShares(model, points, scores) {
  const ids = kpisOf(model).map(({ kpi }) => kpi);
  const columns = ids.map((kpi) => points[kpi]);
  const shares = ids.map((kpi) => model.shares[kpi]);
  const means = new Float64Array(ids.length);
  const people = [];
  for (let person = 0; person < scores.length; person++) {
    if (Number.isNaN(scores[person]) || columns.some((column) => Number.isNaN(column[person]))) continue;
    people.push(person);
    for (let place = 0; place < columns.length; place++) means[place] += columns[place][person];
  }
  for (let place = 0; place < means.length; place++) means[place] /= people.length;
  const together = new Float64Array(ids.length); // covariance of each KPI with the score, by its share of it
  for (const person of people) {
    let deviation = 0;
    for (let place = 0; place < columns.length; place++) deviation += shares[place] * (columns[place][person] - means[place]);
    for (let place = 0; place < columns.length; place++) {
      together[place] += (shares[place] * (columns[place][person] - means[place]) * deviation) / people.length;
    }
  }
  const variance = together.reduce((sum, part) => sum + part, 0);
  return Object.fromEntries(ids.map((kpi, place) => [kpi, variance > 1e-9 ? together[place] / variance : null]));
}

/**
 * Shares with that of some KPIs moved to a wished sum; locked KPIs stay, the others give way in proportion. What cannot
 * be reached for locks or bounds is approached as nearly as they let.
 * moved: ids of the KPIs that move together; wished: their sum, 0 to 1; fixed: a set of locked ids.
 */
function movedShares(model, moved, wished, fixed) {
  const ids = kpisOf(model).map((kpi) => kpi.kpi);
  const bounds = Object.fromEntries(kpisOf(model).map((kpi) => [kpi.kpi, kpi.between ?? [0, 1]]));
  const free = moved.filter((id) => !fixed.has(id));
  const others = ids.filter((id) => !moved.includes(id) && !fixed.has(id));
  const sum = (list, values) => list.reduce((whole, id) => whole + values(id), 0);
  const share = (id) => model.shares[id];
  const held = sum(ids.filter((id) => fixed.has(id)), share);
  const room = Math.max(1 - held, 0);
  const heldHere = sum(moved.filter((id) => fixed.has(id)), share);
  const least = Math.max(sum(free, (id) => bounds[id][0]), room - sum(others, (id) => bounds[id][1]));
  const most = Math.min(sum(free, (id) => bounds[id][1]), room - sum(others, (id) => bounds[id][0]));
  if (!free.length || !others.length || least > most + 1e-12) return { ...model.shares };
  const target = Math.min(Math.max(wished - heldHere, least), most);
  return {
    ...model.shares,
    ...scaledWithin(free, target, model.shares, bounds),
    ...scaledWithin(others, room - target, model.shares, bounds),
  };
}

/** Shares of some KPIs scaled in proportion to a sum, none outside its bounds; all alike where all are 0. */
function scaledWithin(ids, target, shares, bounds) {
  const result = {};
  let [left, open] = [target, [...ids]];
  while (open.length) {
    const whole = open.reduce((sum, id) => sum + shares[id], 0);
    const scaled = (id) => (whole > 0 ? (shares[id] * left) / whole : left / open.length);
    const clamped = open.map((id) => [id, Math.min(Math.max(scaled(id), bounds[id][0]), bounds[id][1])]);
    const excess = clamped.reduce((sum, [id, value]) => sum + value - scaled(id), 0);
    // Those at the bound that is violated more in sum are settled first; the rest is shared out again.
    const settled = clamped.filter(([id, value]) => (excess > 0 ? value > scaled(id) : value < scaled(id)));
    if (Math.abs(excess) < 1e-12 || !settled.length) {
      for (const [id, value] of clamped) result[id] = value;
      break;
    }
    for (const [id, value] of settled) {
      result[id] = value;
      left -= value;
    }
    open = open.filter((id) => !(id in result));
  }
  return result;
}

/**
 * The smallest change of shares, by the sum of absolute changes, with which the weighted sum of `gains` is at least
 * `wanted`, and what is `missing` from it: 0, or by how much the largest sum that locks and bounds allow falls short.
 * gains: KPI id → by how much the score difference grows per unit of its share.
 * Share goes from the KPI that gains least to the one that gains most, as far as bounds allow, then from and to the
 * next: each step gains the most that is left per unit moved, so that fewer units cannot gain as much.
 */
function smallestChange(model, gains, wanted, fixed) {
  const shares = { ...model.shares };
  const range = Object.fromEntries(
    kpisOf(model).map(({ kpi, between }) => [kpi, fixed.has(kpi) ? [shares[kpi], shares[kpi]] : (between ?? [0, 1])]),
  );
  const ids = Object.keys(range);
  let missing = wanted - ids.reduce((sum, id) => sum + shares[id] * gains[id], 0);
  const receivers = [...ids].sort((a, b) => gains[b] - gains[a]);
  const donors = [...ids].sort((a, b) => gains[a] - gains[b]);
  while (missing > 1e-9) {
    const to = receivers.find((id) => range[id][1] - shares[id] > 1e-12);
    const from = donors.find((id) => shares[id] - range[id][0] > 1e-12);
    if (to === undefined || from === undefined || gains[to] - gains[from] <= 1e-12) return { shares, missing };
    const gain = gains[to] - gains[from];
    const step = Math.min(range[to][1] - shares[to], shares[from] - range[from][0], missing / gain);
    shares[to] += step;
    shares[from] -= step;
    missing -= step * gain;
  }
  return { shares, missing: 0 };
}

/**
 * Which smallest change of shares puts the score of person a by ABOVE over that of b, or why none does:
 * {answer: "possible", shares}; "locked" (fewer than two weights are free); "dominated" (b has a's points or more on
 * every KPI that is free, and on the locked ones together); "bounded" with `best`, the largest difference of scores
 * within locks and bounds; "too_new" (who is has no rank); "missing". Where a KPI is not available, its weight moves
 * to others, and the difference is no weighted sum any more: that is not searched. Where something stands in for one,
 * it is, but for changes under which too little would be measured for a score.
 */
function wish(data, model, points, a, b, fixed) {
  const kpis = kpisOf(model).map(({ kpi }) => kpi);
  const both = [a, b];
  if (both.some((person) => data.people.too_new[person])) return { answer: "too_new" };
  if (kpis.some((kpi) => both.some((person) => Number.isNaN(points[kpi][person])))) return { answer: "missing" };
  const gains = Object.fromEntries(kpis.map((kpi) => [kpi, points[kpi][a] - points[kpi][b]]));
  const sum = (ids, of) => ids.reduce((whole, id) => whole + of(id), 0);
  const free = kpis.filter((kpi) => !fixed.has(kpi));
  const { shares, missing } = smallestChange(model, gains, ABOVE, fixed);
  if (missing > 0) {
    const held = kpis.filter((kpi) => fixed.has(kpi));
    if (free.length < 2) return { answer: "locked" };
    const behind = free.every((kpi) => gains[kpi] <= 0) && sum(held, (kpi) => model.shares[kpi] * gains[kpi]) <= 0;
    return behind ? { answer: "dominated" } : { answer: "bounded", best: ABOVE - missing };
  }
  const measured = (person) => sum(kpis, (kpi) => (data.known[kpi][person] ? shares[kpi] : 0));
  const enough = (person) => measured(person) > 0 && measured(person) >= model.measured_at_least - 5e-7;
  return both.every(enough) ? { answer: "possible", shares } : { answer: "missing" };
}
