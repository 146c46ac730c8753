import { describe, expect, test } from 'vitest';
import { randomMachine } from './reference/random-machine.ts';
import { translateWithParents } from './reference/walk.ts';

/**
 * The comparison with the reference is worth what the generator reaches. Here a sample is counted, so
 * that a change to the generator that loses a case is seen.
 */
const SAMPLE = 6000;

const tally = new Map<string, number>();
const count = (name: string): void => void tally.set(name, (tally.get(name) ?? 0) + 1);
const seen = (name: string): number => tally.get(name) ?? 0;

for (let seed = 0; seed < SAMPLE; seed++) {
  const input = randomMachine(seed);
  const { output, parents } = translateWithParents(input);
  const { nested, paging, access } = input;
  const kind = nested?.kind ?? 'bare';
  count(`${kind} ${output.result}`);
  count(`${kind} levels ${paging.levels} over ${nested?.levels ?? 0}`);
  count(`maxphyaddr ${paging.maxphyaddr}`);
  count(`${access.kind} at ${access.cpl}`);
  if (output.result === 'invalid') continue;
  if (output.result === 'ok') {
    count(`ok ${output.guestPage} on ${output.hostPage ?? 'bare metal'}`);
    count(`ok ${kind} ${access.kind} ${access.cpl}`);
  }
  if (output.result === 'page-fault') count(`#PF 0x${output.errorCode.toString(16)}`);
  if (output.result === 'nested-page-fault') count(`#NPF ${output.errorCode}`);
  if (output.result === 'ept-violation') {
    const ad = nested?.kind === 'ept' && nested.ad === true;
    const { qualification } = output;
    if (!ad && (qualification & 0x103) === 3) count('EPT refuses a guest A/D update');
    if (ad && (qualification & 0x10b) === 0xb) count('EPT with A/D refuses a table read');
    count(`violation ${qualification & 0x100 ? 'final' : 'table'} ${qualification & 7}`);
  }
  if (output.stores.length > 0) count(`stores then ${output.result}`);
  const guest = new Set<string>();
  let twice = false;
  for (const [table, , hpa] of output.refs) {
    if (table !== 'guest') continue;
    twice ||= guest.has(hpa);
    guest.add(hpa);
  }
  if (twice) count('a guest entry used at two levels');
  if (output.refs.some(([table, , hpa]) => table !== 'guest' && guest.has(hpa))) {
    count('an entry that is the guest’s and a nested one');
  }
  const values = new Map<string, string>();
  for (const [, , hpa, value] of output.refs) {
    if ((values.get(hpa) ?? value) !== value) {
      count('an entry reads as updated');
      break;
    }
    values.set(hpa, value);
  }
  if (new Set(output.stores.map(([hpa]) => hpa)).size < output.stores.length) {
    count('an entry is updated twice');
  }
  if (parents.some((parent) => parent !== null)) count('references that serve another');
}

describe(`the generator of random machines, on ${SAMPLE} of them`, () => {
  test.each([
    ['bare', ['ok', 'page-fault', 'general-protection']],
    ['ept', ['ok', 'page-fault', 'general-protection', 'ept-violation', 'ept-misconfiguration']],
    ['npt', ['ok', 'page-fault', 'general-protection', 'nested-page-fault']],
  ])('%s ends in each way it can', (kind, results) => {
    for (const result of results) {
      expect(seen(`${kind} ${result}`), `${kind} ${result}`).toBeGreaterThan(30);
    }
  });

  test('guest-physical addresses are too wide for four levels now and then', () => {
    expect(seen('ept invalid') + seen('npt invalid')).toBeGreaterThan(20);
  });

  test('every number of levels, on both sides', () => {
    for (const levels of [4, 5]) {
      expect(seen(`bare levels ${levels} over 0`)).toBeGreaterThan(100);
      for (const kind of ['ept', 'npt']) {
        for (const host of [4, 5]) {
          expect(seen(`${kind} levels ${levels} over ${host}`)).toBeGreaterThan(100);
        }
      }
    }
  });

  test('every physical address width, kind of access and privilege level', () => {
    for (const width of [36, 39, 40, 46, 48, 52]) {
      expect(seen(`maxphyaddr ${width}`)).toBeGreaterThan(500);
    }
    for (const access of ['read', 'write', 'fetch']) {
      for (const cpl of [0, 3]) {
        expect(seen(`${access} at ${cpl}`)).toBeGreaterThan(500);
        for (const kind of ['bare', 'ept', 'npt']) {
          expect(seen(`ok ${kind} ${access} ${cpl}`), `${kind} ${access} ${cpl}`).toBeGreaterThan(
            30,
          );
        }
      }
    }
  });

  test('every guest page on every host page', () => {
    for (const guestPage of ['4K', '2M', '1G']) {
      for (const hostPage of ['4K', '2M', '1G', 'bare metal']) {
        expect(seen(`ok ${guestPage} on ${hostPage}`)).toBeGreaterThan(50);
      }
    }
  });

  test('every error code of a page fault', () => {
    // SDM 4.7: for read, write and fetch, from both modes: not present, protection, reserved.
    const codes = [0x0, 0x1, 0x9, 0x2, 0x3, 0xb, 0x10, 0x11, 0x19];
    for (const code of codes.flatMap((supervisor) => [supervisor, supervisor | 4])) {
      expect(seen(`#PF 0x${code.toString(16)}`), `0x${code.toString(16)}`).toBeGreaterThan(5);
    }
  });

  test('every kind of nested fault, on a guest table and on the final page', () => {
    for (const why of [0, 1, 9]) {
      expect(seen(`#NPF 0x20000000${(why | 6).toString(16)}`)).toBeGreaterThan(20);
    }
    for (const code of [0x4, 0x5, 0x6, 0x7, 0x14, 0x15, 0xd, 0xf, 0x1d]) {
      const name = `#NPF 0x1000000${code.toString(16).padStart(2, '0')}`;
      expect(seen(name), name).toBeGreaterThan(1);
    }
    for (const name of ['final 1', 'final 2', 'final 4', 'table 1', 'table 3']) {
      expect(seen(`violation ${name}`), name).toBeGreaterThan(8);
    }
    expect(seen('EPT refuses a guest A/D update')).toBeGreaterThan(8);
    expect(seen('EPT with A/D refuses a table read')).toBeGreaterThan(8);
  });

  test('stores before every ending, and tables that overlap', () => {
    for (const result of [
      'ok',
      'page-fault',
      'ept-violation',
      'ept-misconfiguration',
      'nested-page-fault',
    ]) {
      expect(seen(`stores then ${result}`), result).toBeGreaterThan(50);
    }
    for (const name of [
      'a guest entry used at two levels',
      'an entry that is the guest’s and a nested one',
      'an entry reads as updated',
      'an entry is updated twice',
      'references that serve another',
    ]) {
      expect(seen(name), name).toBeGreaterThan(15);
    }
  });

  test('the same seed gives the same machine', () => {
    expect(randomMachine(4711)).toEqual(randomMachine(4711));
  });
});
