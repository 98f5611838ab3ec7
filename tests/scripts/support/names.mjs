// Names and passwords around the borders of src/identifier.rs and src/password/verify/password.rs. One test holds login.js
// against these lists, and one the gate.
const every = (kind) => Array.from({ length: 0x110000 }, (_, code) => String.fromCodePoint(code)).filter((one) => kind.test(one));
const blanks = every(/\p{White_Space}/u);
const invisible = every(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
const joiners = ['\u200c', '\u200d'];
// Neither blank nor visible.
const edges = ['\u001f', '\u00ad', '\u180e', '\u200b', '\u2060', '\ufeff'];

// Each stands once, because the gate counts attempts.
let count = 0;
const fresh = () => `nobody${count += 1}`;
const passwords = (list) => list.map((password) => [fresh(), password]);
/** A login whose body has this many bytes, most of them blanks around the name. */
const ofLength = (length) => {
  const [identifier, password] = [fresh(), 'a password'];
  return [identifier + ' '.repeat(length - JSON.stringify({ identifier, password }).length), password];
};

/** What the gate refuses before it looks for anybody: names with whatever password, and logins. */
export const nobodys = {
  names: [
    '', blanks.join(''), ...blanks,
    ...invisible.filter((one) => !joiners.includes(one)).map((one) => `a${one}da`),
    ...[...joiners, ...edges].flatMap((one) => [`a${one}da@example.com`, `ada@example.com${one}`]),
    ...edges.flatMap((one) => [`${one}ada`, `ada${one}`]),
    '\ud800', 'a\udc00da', 'x'.repeat(321), 'é'.repeat(161), `${'x'.repeat(309)}@example.com`,
  ],
  logins: [...passwords(['', '\0', 'a\0b', 'a\ud800b', 'x'.repeat(513), 'é'.repeat(257)]), ofLength(8193)],
};

/** What it looks for. */
export const somebodys = {
  names: [
    ...blanks.flatMap((one) => [`${one}${fresh()}`, `${fresh()}@example.com${one}`]),
    ...blanks.filter((one) => !invisible.includes(one)).map((one) => `a${one}da`),
    ...joiners.flatMap((one) => [one, `a${one}da`, `${fresh()}${one}`, `${one}${fresh()}`]),
    'علی\u200cرضا', '👩\u200d👩\u200d👧', 'a\u0378da', 'a\ue000da', 'a\ufffeda', 'a\u0301da', 'a\u{10ffff}da',
    'x'.repeat(320), 'é'.repeat(160), ` ${'y'.repeat(320)}\t`,
  ],
  logins: [...passwords([' ', 'tab\there, line\n', '\u200d\ufeff\u2028', 'x'.repeat(512), 'é'.repeat(256)]), ofLength(8192)],
};
