// Numbers and how they are printed.
export const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};

/** "median (min-max)" */
export const spread = (values, digits = 1) =>
  `${median(values).toFixed(digits)} (${Math.min(...values).toFixed(digits)}-${Math.max(...values).toFixed(digits)})`;

export function table(head, rows) {
  const all = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  for (const [index, row] of all.entries()) {
    console.log(`| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`);
    if (index === 0) console.log(`|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`);
  }
}

const verdicts = [];

/** Notes one target; `compare` is '<=' or '>='. */
export function target(name, value, compare, bound, unit = '') {
  const good = compare === '<=' ? value <= bound : value >= bound;
  verdicts.push([name, `${format(value)}${unit}`, `${compare} ${bound}${unit}`, good ? 'PASS' : 'BELOW TARGET']);
}

const format = (value) => (Number.isFinite(value) ? Number(value.toPrecision(4)).toString() : 'no figure');

/** Prints all targets; true when every one is met. */
export function verdict() {
  console.log('\n## Targets\n');
  table(['target', 'measured', 'bound', ''], verdicts);
  return verdicts.every((row) => row[3] === 'PASS');
}
