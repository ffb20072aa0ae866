// Weights from pairwise comparisons, as salesperf/weighting/ahp.py works them out (the analytic hierarchy process; Saaty
// 1980); docs/methods.md §5 defines them. Plain functions, no page.

const ACCEPTABLE = 0.1; // a consistency ratio above this is to be reconsidered (Saaty 1980)
// The mean consistency index of random reciprocal matrices of 1, 2, … 15 KPIs (Saaty 1980):
const RANDOM_INDEX = [0, 0, 0.58, 0.9, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59];
const ROUNDS = 10000; // of the power method, which needs far fewer

/** The principal eigenvector, summing to 1, and its eigenvalue, of a matrix with no entry below 0: [vector, value]. */
function principal(matrix) {
  let vector = matrix.map(() => 1 / matrix.length);
  for (let round = 0; round < ROUNDS; round++) {
    const product = matrix.map((row) => row.reduce((sum, entry, place) => sum + entry * vector[place], 0));
    const value = product.reduce((sum, part) => sum + part, 0);
    const next = product.map((part) => part / value);
    const moved = next.reduce((most, part, place) => Math.max(most, Math.abs(part - vector[place])), 0);
    vector = next;
    if (moved < 1e-15) break;
  }
  const value = matrix.reduce((sum, row) => sum + row.reduce((whole, entry, place) => whole + entry * vector[place], 0), 0);
  return [vector, value];
}

/** The consistency ratio by the largest eigenvalue: 0 for one or two KPIs, NaN for more than 15. */
function consistencyRatio(eigenvalue, kpis) {
  if (kpis <= 2) return 0;
  return kpis > RANDOM_INDEX.length ? NaN : Math.max(0, (eigenvalue - kpis) / (kpis - 1)) / RANDOM_INDEX[kpis - 1];
}

/** What all other judgements say of a pair: the ratio of the weights without its judgement (Harker 1987). */
function impliedJudgement(matrix, first, second) {
  const without = matrix.map((row) => [...row]);
  without[first][second] = without[second][first] = 0;
  without[first][first] = without[second][second] = 2;
  const [weights] = principal(without);
  return weights[first] / weights[second];
}

/**
 * { weights, ratio, reconsider } of a reciprocal matrix: matrix[i][j] says how many times as important KPI i is as KPI j.
 * ratio: of consistency; reconsider: the judgement farthest from what the weights say, of equally far ones the first, as
 * { first, second, given, consistent }; null where all are consistent.
 */
function ahp(matrix) {
  const [weights, eigenvalue] = principal(matrix);
  let [reconsider, farthest] = [null, 0];
  for (let first = 0; first < matrix.length; first++) {
    for (let second = first + 1; second < matrix.length; second++) {
      const off = Math.abs(Math.log((matrix[first][second] * weights[second]) / weights[first]));
      if (off <= farthest + 1e-9) continue;
      [reconsider, farthest] = [{ first, second, given: matrix[first][second] }, off];
    }
  }
  if (reconsider) reconsider.consistent = impliedJudgement(matrix, reconsider.first, reconsider.second);
  return { weights, ratio: consistencyRatio(eigenvalue, matrix.length), reconsider };
}
