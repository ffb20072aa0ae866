// How far orders of the same people agree, and which KPIs go together, as salesperf/weighting/agreement.py and
// data_weights.py work it out; docs/methods.md §5 defines them. Plain functions, no page.

const pairsOf = (count) => (count * (count - 1)) / 2;

/** The sizes of the runs of neighbours that `same` says are equal. order: a sorted array. */
function runs(order, same) {
  const sizes = [];
  order.forEach((item, place) => {
    if (place > 0 && same(order[place - 1], item)) sizes[sizes.length - 1] += 1;
    else sizes.push(1);
  });
  return sizes;
}

/** The numbers sorted, and how many pairs of them stood in falling order: [sorted, pairs]. By merging. */
function sortedWithSwaps(numbers) {
  let [from, to, swaps] = [Float64Array.from(numbers), new Float64Array(numbers.length), 0];
  for (let width = 1; width < numbers.length; width *= 2) {
    for (let start = 0; start < numbers.length; start += 2 * width) {
      const middle = Math.min(start + width, numbers.length);
      const end = Math.min(start + 2 * width, numbers.length);
      let [left, right] = [start, middle];
      for (let place = start; place < end; place++) {
        if (left < middle && (right === end || from[left] <= from[right])) to[place] = from[left++];
        else {
          swaps += middle - left;
          to[place] = from[right++];
        }
      }
    }
    [from, to] = [to, from];
  }
  return [from, swaps];
}

/** Kendall's τ-b of two orders of the same people (Knight 1966); NaN where one of them has one rank alone. */
function kendallTau(first, second) {
  const order = Array.from(first, (_, person) => person).sort((a, b) => first[a] - first[b] || second[a] - second[b]);
  const tied = (sizes) => sizes.reduce((sum, size) => sum + pairsOf(size), 0);
  const [sorted, swaps] = sortedWithSwaps(order.map((person) => second[person]));
  const inFirst = tied(runs(order, (a, b) => first[a] === first[b]));
  const inBoth = tied(runs(order, (a, b) => first[a] === first[b] && second[a] === second[b]));
  const inSecond = tied(runs(sorted, (a, b) => a === b));
  const all = pairsOf(order.length);
  const scale = Math.sqrt(all - inFirst) * Math.sqrt(all - inSecond);
  return scale > 0 ? (all - inFirst - inSecond + inBoth - 2 * swaps) / scale : NaN;
}

/** The rank of each number, 1 for the largest; equal numbers have their mean rank. */
function meanRanks(numbers) {
  const order = Array.from(numbers, (_, person) => person).sort((a, b) => numbers[b] - numbers[a]);
  const ranks = new Float64Array(order.length);
  let start = 0;
  for (const size of runs(order, (a, b) => numbers[a] === numbers[b])) {
    for (const person of order.slice(start, start + size)) ranks[person] = start + (size + 1) / 2;
    start += size;
  }
  return ranks;
}

/** The rank of each number, 1 for the largest; equal numbers share the best of theirs. */
function bestRanks(numbers) {
  const first = new Map();
  [...numbers].sort((a, b) => b - a).forEach((number, place) => first.has(number) || first.set(number, place + 1));
  return numbers.map((number) => first.get(number));
}

/** Kendall's τ of the orders of two outcomes (see `outcome`), among the people who have a rank in both. */
function tauOfOutcomes(one, other) {
  const both = [...one.ranks.keys()].filter((person) => one.ranks[person] && other.ranks[person]);
  return kendallTau(both.map((person) => one.shown[person]), both.map((person) => other.shown[person]));
}

/** Kendall's W of several orders of the same people, 0 to 1, corrected for ties; NaN for fewer than two people. */
function concordance(orders) {
  const [many, people] = [orders.length, orders[0].length];
  if (people < 2) return NaN;
  const sums = new Float64Array(people);
  let ties = 0;
  for (const order of orders) {
    meanRanks(order).forEach((rank, person) => { sums[person] += rank; });
    for (const size of runs([...order].sort((a, b) => a - b), (a, b) => a === b)) ties += size ** 3 - size;
  }
  const above = 12 * sums.reduce((sum, rank) => sum + rank ** 2, 0) - 3 * many ** 2 * people * (people + 1) ** 2;
  const below = many ** 2 * people * (people ** 2 - 1) - many * ties;
  return below > 0 ? above / below : NaN;
}

/** Pearson's correlation of two columns over some people; NaN where one of them does not vary. */
function correlation(first, second, people) {
  const mean = (column) => people.reduce((sum, person) => sum + column[person], 0) / people.length;
  const varies = (column) => people.some((person) => column[person] !== column[people[0]]);
  if (people.length < 2 || !varies(first) || !varies(second)) return NaN;
  const [a, b] = [mean(first), mean(second)];
  const product = (one, at, other, by) => people.reduce((sum, person) => sum + (one[person] - at) * (other[person] - by), 0);
  const scale = Math.sqrt(product(first, a, first, a) * product(second, b, second, b));
  return Math.min(1, Math.max(-1, product(first, a, second, b) / scale));
}
